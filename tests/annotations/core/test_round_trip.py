"""Everything that the schema can say comes back out of native JSON as it went in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from annotations.core import codec, schema
from tests.annotations.core.strategies import of, records


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(records(schema.Problem))
def test_a_problem_with_all_below_it_is_the_same_after_json(problem: schema.Problem) -> None:
    line = json.dumps(codec.dump(problem), ensure_ascii=False)
    assert codec.parse_json(schema.Problem, line.encode()) == problem


def test_a_field_of_a_type_that_nobody_told_how_to_draw_is_noticed() -> None:
    @dataclass
    class Later:
        field: set[int]

    with pytest.raises(TypeError, match="no strategy for set"):
        records(Later)
    with pytest.raises(TypeError, match="no strategy for"):
        of(Any)
