from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from annotations.models import Slot
from annotations.web import workbench
from tests.builders import a_problem, a_project, a_response

pytestmark = pytest.mark.django_db


def test_progress_is_counted_for_each_page_but_of_a_large_project_only_now_and_then(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    project = a_project()
    problem = a_problem(project)
    for _ in range(3):
        a_response(1, problem=problem)
    assert workbench.progress_of(project) == (0, 3)
    Slot.objects.filter(response__problem=problem, position=1).update(state="done")
    done = Slot.objects.filter(state="done").count()
    assert workbench.progress_of(project) == (done, 3)
    monkeypatch.setattr(workbench, "MANY", 1)
    with django_assert_num_queries(1):
        assert workbench.progress_of(project) == workbench.progress_of(project) == (done, 3)
