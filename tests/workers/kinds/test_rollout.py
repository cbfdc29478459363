"""Runs of rollouts: prefixes continued, answers checked, and the causal check on each finding."""

from __future__ import annotations

import pytest

from annotations.core.rollout_facts import advantages, difficulty
from annotations.models import FindingCheck, Rollout, RolloutSet
from annotations.verbs.store import set_reference
from tests.builders import a_project
from tests.workers.kinds.test_correction import EXPLAINED, OTHER, a_chain, a_run, criticised
from workers.progress import progress

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_planted_error_and_its_correction_are_found_to_change_the_outcome():
    project = a_project()
    critique = criticised(a_chain(project))
    run = a_run(project, method="rollout", settings={"rollouts": 10})
    assert (run.kind, run.state, progress(run).done) == ("rollout", "done", 1)
    sets = {(each.after_step, each.finding): each.tally for each in RolloutSet.objects.all()}
    assert (sets[1, None].right, sets[1, None].wrong) == (5, 5)  # before the error
    assert (sets[2, None].right, sets[2, None].wrong) == (0, 10)  # after it
    assert (sets[2, 1].right, sets[2, 1].wrong) == (10, 0)  # after its corrected text
    check = FindingCheck.objects.get()
    assert (check.critique, check.finding, check.step_change, check.correction_change) == (critique, 1, -0.5, 1.0)
    assert (check.step.change, check.correction.change) == ("worse", "better")


def test_findings_of_one_step_share_the_prefixes_and_one_without_a_correction_has_none():
    project = a_project()
    criticised(a_chain(project), EXPLAINED, OTHER)
    a_run(project, method="rollout", settings={"rollouts": 2})
    assert RolloutSet.objects.count() == 3
    assert {check.finding: check.corrected is not None for check in FindingCheck.objects.all()} == {1: True, 2: False}


def test_after_every_step_gives_advantages_that_telescope():
    project = a_project()
    response = a_chain(project)
    a_run(project, method="rollout", settings={"rollouts": 4}, parameters={"where": "steps"})
    tallies = {each.after_step: each.tally for each in RolloutSet.objects.filter(response=response)}
    assert sorted(tallies) == [0, 1, 2, 3]
    gained = advantages(tallies, 3)
    assert gained == (0.0, -0.5, 0.0)
    assert sum(gained) == tallies[3].success - tallies[0].success


def test_from_the_start_gives_difficulty():
    project = a_project()
    a_chain(project)
    a_run(project, method="rollout", settings={"rollouts": 8}, parameters={"where": "start"})
    assert difficulty(RolloutSet.objects.get().tally) == 0.5


def test_replies_that_break_off_are_unparsed_and_the_check_is_null():
    project = a_project()
    criticised(a_chain(project, question="HALF"))
    a_run(project, method="rollout", settings={"rollouts": 3})
    assert set(Rollout.objects.values_list("outcome", flat=True)) == {"unparsed"}
    assert FindingCheck.objects.get().step_change is None


def test_the_references_findings_are_checked_where_asked_for():
    project = a_project()
    response = a_chain(project)
    criticised(response)
    held = criticised(response)
    set_reference(held, "gold")
    a_run(project, method="rollout", settings={"rollouts": 2}, parameters={"guided_by": "reference"})
    assert FindingCheck.objects.get().critique == held


def test_seeds_of_one_job_do_not_overlap():
    project = a_project()
    criticised(a_chain(project))
    a_run(project, method="rollout", settings={"rollouts": 10})
    seeds = sorted(RolloutSet.objects.values_list("seed", flat=True))
    assert [later - seeds[0] for later in seeds] == [0, 10, 20]
