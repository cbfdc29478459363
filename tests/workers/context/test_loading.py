"""What methods want to know is loaded for many jobs at once, and never says more than it may."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django.test.utils import CaptureQueriesContext

from annotations.core import schema
from annotations.models import Author, Critique, Work
from annotations.verbs.store import set_reference
from tests.builders import a_critique, a_person, a_problem, a_project, a_response, an_image, png
from tests.workers.builders import a_run, a_scripted_critic, do_the_work, many_responses
from workers import prompt_versions
from workers.critics.wants import AnotherProblemsImages, Opinions, PastMistakes
from workers.jobs import CriticJob, Loader
from workers.models import ProblemNote, PromptVersion
from workers.prompts import prompt

pytestmark = pytest.mark.django_db(transaction=True)


def loaded(critic: Any) -> dict[str, CriticJob]:
    """The jobs of a new run, by the key of their response."""
    run = a_run(critic, nudge=False)
    jobs = Loader().load(list(Work.objects.filter(group=run.pk)))
    return {job.response.key: job for job in jobs}


def told(job: CriticJob, want: Any) -> Any:
    return job.context[want]({image.pk: ("text",) for image in job.images_read})


def a_mistake(response: Any, explanation: str = "It reads the wrong bar.") -> Critique:
    finding = schema.Finding(error_type="perception/chart_reading", explanations=(explanation,))
    judgments = (
        schema.Judgment(step=1, verdict="incorrect", own_error=True, findings=(finding,)),
        *(schema.Judgment(step=step, verdict="correct") for step in range(2, response.step_count + 1)),
    )
    return a_critique(response, by=a_person(role="annotator", project=response.project), judgments=judgments)


def an_own_image(project: Any, number: int) -> list[Any]:
    return [an_image(project, png(60 + number, 40))]


def test_the_likest_mistakes_come_first_and_never_of_the_same_problem_image_or_chain():
    project = a_project()
    asked = a_problem(project, question="How high is the red bar?", images=an_own_image(project, 1))
    own = a_response(["The red bar is 3."], problem=asked, key="own")
    alike = a_response(
        ["It is 9."], problem=a_problem(project, question="How high is the blue bar?", images=an_own_image(project, 2))
    )
    unlike = a_response(
        ["A cat."], problem=a_problem(project, question="What animal sits there?", images=an_own_image(project, 3))
    )
    same_problem = a_response(["The red bar is 5."], problem=asked)
    same_image = a_response(
        ["It is 8."],
        problem=a_problem(project, question="How high is the red bar now?", images=an_own_image(project, 1)),
    )
    same_chain = a_response(
        ["The red bar is 3."],
        problem=a_problem(project, question="How high is the red bar?", images=an_own_image(project, 4)),
    )
    elsewhere = a_response(["It is 7."], problem=a_problem(a_project(), question="How high is the red bar?"))
    for response in (own, alike, unlike, same_problem, same_image, same_chain, elsewhere):
        a_mistake(response, f"Wrong in {response.source_text}")
    critic = a_scripted_critic(project, settings={}, name="remembers")
    critic.method, critic.settings = "past_mistakes", {"most": 5}
    critic.save()
    mistakes = told(loaded(critic)["own"], PastMistakes(most=5))
    assert [mistake.explanation for mistake in mistakes] == ["Wrong in It is 9.", "Wrong in A cat."]
    assert mistakes[0].likeness > mistakes[1].likeness
    assert mistakes[0].step == "It is 9."


def test_what_was_shown_is_kept_with_the_critique():
    project = a_project()
    a_response(2, problem=a_problem(project, images=an_own_image(project, 1)), key="own")
    shown = a_mistake(a_response(["It is 9."], problem=a_problem(project, images=an_own_image(project, 2))))
    critic = a_scripted_critic(project)
    critic.method = "past_mistakes"
    critic.save()
    a_run(critic)
    do_the_work()
    critique = Critique.objects.by_critics().get(response__key="own")
    evidence = critique.evidence.get(kind="past_mistakes")
    assert [one["critique"] for one in evidence.content["shown"]] == [str(shown.pk)]


def test_a_mistake_found_after_the_job_was_made_is_not_told():
    project = a_project()
    a_response(2, problem=a_problem(project, images=an_own_image(project, 1)), key="own")
    later = a_response(["It is 9."], problem=a_problem(project, images=an_own_image(project, 2)))
    critic = a_scripted_critic(project)
    critic.method = "past_mistakes"
    critic.save()
    run = a_run(critic, nudge=False)
    a_mistake(later)
    jobs = {job.response.key: job for job in Loader().load(list(Work.objects.filter(group=run.pk)))}
    assert told(jobs["own"], PastMistakes(most=3)) == ()


def test_opinions_are_of_each_critics_latest_run_never_ablated_or_merged_ones():
    project = a_project()
    response = a_response(2, project=project, key="own")

    def by(name: str, run: str, **fields: Any) -> None:
        author = schema.Author(kind="critic", name=name, method=fields.pop("method", "direct"), **fields)
        a_critique(response, "incorrect", author=author, run=run)

    by("old and new", "1")
    by("old and new", "2")
    by("blinded", "1", settings={"ablation": "none"})
    by("merged", "1", method="ensemble")
    by("other", "1")
    critic = a_scripted_critic(project, name="all")
    critic.method = "ensemble"
    critic.save()
    opinions = told(loaded(critic)["own"], Opinions())
    assert [(one.critic, one.critique.run) for one in opinions] == [("old and new", "2"), ("other", "1")]
    critic.settings = {"critics": "other, blinded"}
    critic.save()
    assert [one.critic for one in told(loaded(critic)["own"], Opinions(critics=("other", "blinded")))] == ["other"]


def test_a_critics_reliability_is_measured_on_other_problems():
    project = a_project()
    own, other = a_response(2, project=project, key="own"), a_response(2, project=project)
    for response, verdicts in ((own, ("incorrect",)), (other, ("incorrect", "incorrect"))):
        a_critique(response, *verdicts, author=schema.Author(kind="critic", name="judge", method="direct"))
        reference = a_critique(response, "incorrect", by=a_person())
        set_reference(reference, "gold")
    critic = a_scripted_critic(project, name="all")
    critic.method = "ensemble"
    critic.save()
    (opinion,) = told(loaded(critic)["own"], Opinions())
    assert opinion.judged == 2  # the other problem's two steps, of which one as the reference has it
    assert opinion.reliability == (1 + 1) / (2 + 2)


def test_another_problems_image_is_another_image_and_the_same_for_the_same_seed():
    project = a_project()
    a_response(2, problem=a_problem(project, images=an_own_image(project, 1)), key="own")
    a_problem(project, images=an_own_image(project, 1), key="same image")
    for number in range(2, 6):
        a_problem(project, images=an_own_image(project, number), key=f"other {number}")
    critic = a_scripted_critic(project, name="other")
    critic.method, critic.settings = "ablation", {"ablation": "other"}
    critic.save()
    first, second = (told(loaded(critic)["own"], AnotherProblemsImages()) for _ in range(2))
    assert first.problem == second.problem
    assert first.problem.startswith("other")
    assert first.images != (png(61, 40),)
    assert first.image_lines == (("text",),)


def test_without_another_image_the_job_fails_and_says_what_to_do():
    project = a_project()
    a_response(2, project=project, slots=0)
    critic = a_scripted_critic(project)
    critic.method, critic.settings = "ablation", {"ablation": "other"}
    critic.save()
    run = a_run(critic)
    do_the_work()
    (job,) = Work.objects.filter(group=run.pk)
    assert job.state == "failed"
    assert "expected another problem with an image" in job.error


def test_an_ablated_critic_is_marked_and_can_be_left_out():
    project = a_project()
    a_response(2, project=project, slots=0)
    plain, ablated = a_scripted_critic(project, name="plain"), a_scripted_critic(project, name="blinded")
    ablated.method, ablated.settings = "ablation", {"ablation": "none"}
    ablated.save()
    a_run(plain)
    a_run(ablated)
    do_the_work()
    assert Author.objects.get(name="blinded").ablation == "none"
    assert Author.objects.get(name="plain").ablation is None
    assert [critique.author.name for critique in Critique.objects.unablated()] == ["plain"]


def test_a_checklist_is_made_once_per_problem_and_kept_for_every_response_and_run():
    project = many_responses(3)
    critic = a_scripted_critic(project)
    critic.method = "checklist"
    critic.save()
    a_run(critic)
    do_the_work()
    note = ProblemNote.objects.get()
    assert (note.kind, note.value) == ("checklist", ["something"])
    calls = sorted(critique.costs["calls"] for critique in Critique.objects.all())
    assert calls == [2, 2, 3]  # one of them made it: a question, the answer
    a_run(critic, seed=1)
    do_the_work()
    assert ProblemNote.objects.get() == note
    assert sum(critique.costs["calls"] for critique in Critique.objects.all()) == 7 + 6


def test_what_was_noted_or_written_never_changes():
    project = a_project()
    note = ProblemNote.objects.create(problem=a_problem(project), kind="checklist", recipe="r", value=[])
    prompt_versions.write_version(project, "own_answer", "== user ==\nLook: $image\n$question\n")
    with pytest.raises(ProgrammingError, match="permission denied"):
        ProblemNote.objects.filter(pk=note.pk).update(value=["other"])
    with pytest.raises(ProgrammingError, match="permission denied"):
        PromptVersion.objects.all().delete()


def test_a_run_keeps_the_prompts_that_it_began_with():
    project = a_project()
    a_response(2, project=project, slots=0)
    critic = a_scripted_critic(project)
    shipped = prompt("direct")
    before = a_run(critic)
    text = "== user ==\nBe strict. $image $question $steps $answer $remarks\n"
    version = prompt_versions.write_version(project, "direct", text)
    after = a_run(critic)
    do_the_work()
    hashes = {run: Critique.objects.get(run=run.pk).author.prompt_hash for run in (before, after)}
    assert hashes == {before: shipped.hash, after: version.hash}


@pytest.mark.parametrize("method", ["direct", "ensemble", "past_mistakes", "ablation"])
def test_many_jobs_are_loaded_in_as_many_queries_as_few(method: str):
    counts = []
    for count in (2, 8):
        project = a_project()
        for number in range(count):
            response = a_response(2, problem=a_problem(project, images=an_own_image(project, number)), slots=0)
            a_mistake(response)
            a_critique(response)
        critic = a_scripted_critic(project)
        critic.method = method
        critic.settings = {"ablation": "other"} if method == "ablation" else {}
        critic.save()
        from workers import runs

        run = runs.start_run(critic, project.responses.all(), nudge=False)
        works = list(Work.objects.filter(group=run.pk))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            Loader().load(works)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20
