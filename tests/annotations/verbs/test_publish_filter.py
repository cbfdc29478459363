"""Which critiques a dataset holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotations.exporters.base import formats
from annotations.verbs.publish_filter import Filter
from tests.builders import a_critic, a_critique, a_response


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("critics", "format", "expected"),
    [
        (None, "judgments", {"direct"}),
        (("direct", "blindfold"), "judgments", {"direct", "blindfold"}),
        (None, "native", {"direct", "blindfold"}),
    ],
)
def test_a_critic_that_was_denied_the_image_goes_out_only_where_it_is_named_or_everything_does(
    critics: tuple[str, ...] | None, format: str, expected: set[str]
) -> None:
    response = a_response(2)
    a_critique(response, author=a_critic("direct"))
    a_critique(response, author=replace(a_critic("blindfold"), settings={"ablation": "none"}))
    found = Filter(critics=critics).critiques(response.project, formats()[format])
    assert {critique.author.name for critique in found} == expected
