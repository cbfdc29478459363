"""The lean reader gives the records that the whole one gives, less what no figure reads, in few queries."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.core import schema
from annotations.exporters.base import formats
from annotations.models import Problem, Project
from annotations.models.figure_records import figure_records
from annotations.models.records import problem_records
from annotations.verbs.publish_filter import Filter
from annotations.verbs.store import set_reference
from tests.annotations.web.test_insights import filled
from tests.builders import a_critic, a_critique, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db
MARKED = schema.Finding(
    error_type="perception/counting",
    severity="minor",
    explanations=("Four.", "Not three.", ""),
    corrected_text="There are four.",
    marks=(schema.Span(start=0, end=4), schema.Region(points=((0.1, 0.2), (0.3, 0.4)))),
)


def lean(problem: schema.Problem) -> schema.Problem:
    return replace(
        problem, images=(), reference_answer=None, options=(), licence="", tags=(), readings=(), extra={},
        responses=tuple(map(_lean_response, problem.responses)),
    )  # fmt: skip


def _lean_response(response: schema.Response) -> schema.Response:
    return replace(
        response, segmentation="", checkpoint="", revises=None, rollout_sets=(), finding_checks=(), extra={},
        critiques=tuple(map(_lean_critique, response.critiques)),
    )  # fmt: skip


def _lean_critique(critique: schema.Critique) -> schema.Critique:
    judgments = tuple(replace(one, reason="", active_seconds=None, steps_seen=None) for one in critique.judgments)
    return replace(
        critique, comment="", evidence=(), started_at=None, submitted_at=None, raw_output="", extra={},
        judgments=judgments,
    )  # fmt: skip


def everything(project: Project) -> None:
    """What `filled` makes, a marked finding of two references, a second problem's chain and one that nobody judged."""
    filled(project)
    response = a_response(steps=3, problem=a_problem(project))
    flagged = schema.Judgment(
        step=2, verdict="incorrect", own_error=True, inherits_from=(1,), confidence=0.3, findings=(MARKED, MARKED)
    )
    said = (schema.Judgment(step=1, state="unparsed"), flagged, schema.Judgment(step=3, verdict="correct"))
    for version in (1, 2):
        held = a_critique(response, author=a_critic(f"gold {version}"), judgments=said, confidence=0.1, difficulty=4)
        set_reference(held, "gold")
    a_response(problem=a_problem(project))


def both(project: Project) -> tuple[list[schema.Problem], list[schema.Problem]]:
    filter = Filter()
    chosen = filter.critiques(project, formats()["visco"])
    problems = Problem.objects.filter(project=project).order_by("position", "id")
    whole = [record for _, record in problem_records(problems, chosen, responses=filter.responses())]
    return list(figure_records(project, chosen, filter.responses())), whole


def test_it_reads_what_the_whole_reader_reads() -> None:
    project = a_project()
    everything(project)
    found, whole = both(project)
    assert found == [lean(one) for one in whole]
    assert any(critique.reference_version == 2 for one in found for it in one.responses for critique in it.critiques)


def test_probabilities_are_told_where_they_are_known() -> None:
    project = a_project()
    response = a_response(project=project)
    filter = Filter()
    chosen = filter.critiques(project, formats()["visco"])
    (found,) = figure_records(project, chosen, filter.responses(), reached={response.pk: 0.25})
    assert found.responses[0].reached_with == 0.25


def test_more_problems_take_no_more_queries() -> None:
    numbers = []
    for responses in (2, 8):
        project = a_project()
        for _ in range(responses):
            a_critique(a_response(problem=a_problem(project)), "correct")
        chosen = Filter().critiques(project, formats()["visco"])
        with CaptureQueriesContext(connection) as asked:
            assert len(list(figure_records(project, chosen, Filter().responses()))) == responses
        numbers.append(len(asked))
    assert numbers[0] == numbers[1] <= 14
