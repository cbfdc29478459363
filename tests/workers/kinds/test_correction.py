"""Runs of corrections: every response, critique and level gets its correction with its effect."""

from __future__ import annotations

from collections import Counter

import pytest

from annotations.core import schema
from annotations.core.effects import choose_explanations
from annotations.models import Critique, Effect, Response
from annotations.verbs.store import set_reference
from tests.builders import a_critique, a_person, a_problem, a_project, a_response
from tests.workers.builders import do_the_work
from tests.workers.scripting import enable_scripted_engines
from workers import correcting
from workers.guides import seed_for
from workers.progress import failures, progress

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = ["The blue bar reaches 40.", "The red bar reaches 70.", "Together they reach 110."]
EXPLAINED = schema.Finding(explanations=("It ends at 60.",), corrected_text="The red bar reaches 60.")
OTHER = schema.Finding(explanations=("Its colour is another.",))


def a_chain(project, *, question="How much together?", answer="110"):
    """The reference is 100; the chain's answer is wrong unless told otherwise."""
    problem = a_problem(project, question=question, reference_answer="100")
    return a_response(STEPS, problem=problem, answer=answer, slots=0)


def criticised(response, *findings, **fields):
    judgments = (
        schema.Judgment(step=1, verdict="correct"),
        schema.Judgment(step=2, verdict="incorrect", own_error=True, findings=findings or (EXPLAINED,)),
        schema.Judgment(step=3, state="unparsed"),
    )
    answer = schema.AnswerJudgment(verdict="incorrect", state="judged")
    return a_critique(response, judgments=judgments, answer=answer, **fields)


def a_run(project, *, method="revise", **asked):
    enable_scripted_engines()
    run = correcting.start(
        project, Response.objects.filter(project=project, revises=None), method=method,
        engine="scripted_correcting", model="script", **asked,
    )  # fmt: skip
    do_the_work()
    run.refresh_from_db()
    return run


def test_each_level_of_guidance_gives_its_own_correction_and_effect():
    project = a_project()
    critique = criticised(a_chain(project))
    run = a_run(project, parameters={"levels": ["none", "A", "AS", "ASE"]})
    assert (run.state, progress(run).done, run.kind) == ("done", 4, "correction")
    told = {effect.level: (effect.effect, effect.after, effect.critique) for effect in Effect.objects.all()}
    assert told == {
        "none": ("unchanged", "wrong", None),
        "A": ("unparsed", "unparsed", critique),  # the reply breaks off
        "AS": ("unparsed", "unparsed", critique),
        "ASE": ("fixed", "right", critique),
    }
    broken_off = Effect.objects.get(level="A").correction
    assert (broken_off.extra["unparsed"], broken_off.answer) == (True, None)


def test_a_planted_transition_table_comes_back_as_it_was_planted():
    """3 wrong chains fixed, 2 right ones spoiled, 1 wrong one left as it was, 1 right one kept right."""
    project = a_project()
    for question, answer in [*[("?", "110")] * 3, *[("BREAK", "100")] * 2, ("BREAK", "110"), ("?", "100")]:
        criticised(a_chain(project, question=question, answer=answer))
    a_run(project)
    counted = Counter(Effect.objects.values_list("before", "after", "effect"))
    assert counted == {
        ("wrong", "right", "fixed"): 3,
        ("right", "wrong", "broke"): 2,
        ("wrong", "wrong", "unchanged"): 1,
        ("right", "right", "unchanged"): 1,
    }


def test_leaving_out_one_finding_at_a_time_shows_which_one_did_it():
    project = a_project()
    criticised(a_chain(project), EXPLAINED, OTHER)
    a_run(project, parameters={"leave_one_out": True})
    told = {effect.left_out: (effect.effect, effect.explanations) for effect in Effect.objects.all()}
    assert told == {None: ("fixed", [1, 1]), 1: ("unparsed", [0, 1]), 2: ("fixed", [1, 0])}


def test_whose_critiques_guide_is_chosen_and_told():
    project = a_project()
    response = a_chain(project)
    ann = criticised(response, by=a_person("ann"))
    model = criticised(response)
    set_reference(ann, "gold")
    for guided_by, expected in [
        ("people", [ann]), ("critics", [model]), ("reference", [ann]), (model.author.name, [model]), ("ann", [ann]),
    ]:  # fmt: skip
        run = a_run(project, parameters={"guided_by": guided_by})
        assert [effect.critique for effect in Effect.objects.filter(run=run.pk)] == expected
    assert {effect.source for effect in Effect.objects.filter(critique=ann)} == {"human"}
    assert {effect.source for effect in Effect.objects.filter(critique=model)} == {"cross"}


def test_the_shown_explanation_is_what_the_recorded_seed_draws():
    project = a_project()
    three = schema.Finding(explanations=("One.", "Two.", "It ends at 60."))
    critiques = [criticised(a_chain(project), three) for _ in range(12)]
    a_run(project, parameters={"explanation_seed": 5})
    shown = set()
    for critique in critiques:
        effect = Effect.objects.get(critique=critique)
        assert effect.explanation_seed == seed_for(5, critique)
        assert tuple(effect.explanations) == choose_explanations([three.explanations], effect.explanation_seed)
        assert (effect.effect == "fixed") == (effect.explanations == [3])
        shown.add(effect.explanations[0])
    assert len(shown) > 1, "not every critique shows the same one"


def test_a_loop_stores_its_whole_lineage():
    project = a_project()
    response = a_chain(project)
    run = a_run(project, method="critique_loop")
    effect = Effect.objects.get()
    assert (effect.effect, effect.round, effect.source, effect.level) == ("fixed", 1, "self", "ASE")
    assert (effect.revised, effect.root, effect.job) == (response, response, run.jobs.get().pk)
    first, second = Critique.objects.order_by("stored_at", "id")
    assert (first.response, second.response) == (response, effect.correction)
    assert effect.critique == first
    assert [judgment.verdict for judgment in second.judgments.all()] == ["correct"] * 3
    assert effect.correction.extra == {"corrector": "critique-loop", "ended": "passed"}


def test_a_loop_that_begins_afresh_revises_its_own_chain():
    project = a_project()
    response = a_chain(project)
    a_run(project, method="critique_loop", settings={"fresh": True})
    effect = Effect.objects.get()
    assert effect.root not in (response, None)
    assert (effect.root.revises, effect.root.problem, effect.root.answer) == (None, response.problem, "110")


def test_further_rounds_revise_the_corrections_and_are_capped():
    project = a_project()
    response = a_chain(project, question="BREAK")
    criticised(response)
    again = {"method": "revise", "engine": "scripted_correcting", "model": "script", "parameters": {"rounds": 2}}
    a_run(project, parameters={"rounds": 2})
    first = Effect.objects.get().correction
    criticised(first)
    correcting.start(project, Response.objects.filter(pk=first.pk), **again)
    do_the_work()
    second = Effect.objects.get(round=2)
    assert (second.revised, second.root) == (first, response)
    criticised(second.correction)
    with pytest.raises(ValueError, match="found none"):
        correcting.start(project, Response.objects.filter(pk=second.pk), **again)


def test_the_same_run_again_gives_the_same_corrections_as_new_responses():
    project = a_project()
    criticised(a_chain(project))
    for _ in range(2):
        a_run(project, seed=3)
    first, second = Effect.objects.all()
    assert first.correction.source_text == second.correction.source_text
    assert (first.seed, first.correction_id == second.correction_id) == (second.seed, False)


def test_a_reply_that_breaks_off_is_kept_as_it_came():
    project = a_project()
    criticised(a_chain(project, question="HALF"))
    run = a_run(project)
    effect = Effect.objects.get()
    assert (effect.effect, effect.correction.source_text) == ("unparsed", '{"steps": ["')
    assert progress(run).unparsed == 1


def test_a_run_without_critiques_to_guide_it_is_refused():
    project = a_project()
    a_chain(project)
    enable_scripted_engines()
    with pytest.raises(ValueError, match="found none"):
        correcting.start(project, Response.objects.all(), method="revise")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"method": "oracle"}, "corrector: expected one of critique_loop, revise, rewind"),
        ({"method": "revise", "settings": {"wings": 2}}, "settings of revise"),
        ({"method": "revise", "settings": {"temperature": 9}}, "temperature: expected 0.0 to 2.0"),
        ({"method": "revise", "parameters": {"levels": ["B"]}}, "levels: expected some of none, A, AS, ASE"),
        ({"method": "revise", "parameters": {"wings": 2}}, "parameters of correction"),
        ({"method": "rollout", "settings": {"rollouts": 0}}, "rollouts: expected 1 to 256"),
        ({"method": "rollout", "parameters": {"where": "else"}}, "where: expected one of findings, steps, start"),
    ],
)
def test_what_is_asked_wrongly_is_refused_by_name(asked, words):
    project = a_project()
    criticised(a_chain(project))
    with pytest.raises(ValueError, match=words):
        correcting.start(project, Response.objects.all(), **asked)


def test_a_failure_of_the_database_fails_its_job_and_leaves_nothing_behind():
    project = a_project()
    criticised(a_chain(project, answer="110"))
    bad = a_problem(project, reference_answer="100", extra={"answer_check": {"type": "guess"}})
    criticised(a_response(STEPS, problem=bad, answer="110", slots=0))
    run = a_run(project)
    (failure,) = failures(run)
    assert "answer_check" in failure.cause
    assert (progress(run).done, Effect.objects.count()) == (1, 1)
