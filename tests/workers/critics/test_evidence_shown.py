"""Whatever evidence a method leaves, the compare page knows it by its kind and shows it in words."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from annotations.core.schema import Evidence
from annotations.web.evidence import MEMBERS, shown_evidence
from tests.workers.critics.scripted_model import CRITICAL
from tests.workers.critics.test_methods import METHODS, criticise


def rendered(evidence: Evidence) -> str:
    return render_to_string("compare/_evidence.html", {"item": shown_evidence(evidence)})


def test_every_kind_that_a_method_leaves_is_shown_by_a_partial_of_its_own() -> None:
    seen = set()
    for name in sorted(METHODS):
        written, _ = criticise(name, CRITICAL)
        for evidence in written.evidence:
            seen.add(evidence.kind)
            html = rendered(evidence)
            assert "_other" not in shown_evidence(evidence).template, evidence.kind
            assert "None" not in html and "&#x27;" not in html, (evidence.kind, html)
    assert seen == set(MEMBERS)


@pytest.mark.parametrize("kind", sorted(MEMBERS))
def test_what_does_not_fit_its_kind_is_shown_as_it_came(kind: str) -> None:
    shown = shown_evidence(Evidence(kind=kind, content={"strange": "<b>"}))
    assert shown.template == "compare/evidence/_other.html"
    html = render_to_string("compare/_evidence.html", {"item": shown})
    assert "&lt;b&gt;" in html


def test_votes_name_who_named_what_and_what_was_dropped() -> None:
    content = {
        "share": 2 / 3,
        "voters": [{"critic": "a", "verdict": "incorrect"}, {"critic": "b", "verdict": "abstained"}],
        "findings": [{"named_by": ["a"], "kept": False, "explanation": "It is 60."}],
    }
    html = rendered(Evidence(kind="votes", step=1, content=content))
    assert "0.67" in html
    assert "Dropped, named by" in html
    assert "It is 60." in html
