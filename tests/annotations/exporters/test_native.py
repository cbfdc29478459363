from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from annotations.core import codec, schema
from annotations.demo.build import build
from annotations.models import (
    Project,
    Provenance,
    Reaction,
    Reference,
    Response,
    Segmentation,
    Showing,
    Step,
    UsefulnessRating,
)
from annotations.verbs import adjudicate, review
from annotations.verbs.corrections import Guidance
from annotations.verbs.hindsight import rate_in_foresight, rate_in_hindsight, show_outcome
from annotations.verbs.reveal import note_shown, react
from annotations.verbs.store import set_reference
from annotations.verbs.submit import submit_critique
from tests.annotations.models.rows import a_full_critique
from tests.annotations.verbs.published import a_snapshot, content, imported, rows
from tests.annotations.verbs.test_adjudicate import Disputed
from tests.annotations.verbs.test_reveal import Revealed
from tests.annotations.verbs.test_review import Reviewed, write
from tests.builders import (
    a_correction,
    a_critic,
    a_critique,
    a_critique_record,
    a_finding_check,
    a_person,
    a_problem,
    a_project,
    a_response,
    a_rollout_set,
    png,
)

pytestmark = pytest.mark.usefixtures("committed_db")


def again(project: Project, folder: Path) -> tuple[bytes, bytes]:
    """The project's native file, and that of a new project made from it."""
    first = content(a_snapshot(project))
    path = folder / "export.jsonl"
    path.write_bytes(first)
    return first, content(a_snapshot(imported(path)))


def test_the_demo_goes_out_as_its_file_says_and_comes_back_byte_for_byte(tmp_path: Path) -> None:
    path = build(tmp_path)
    first, second = again(imported(path), tmp_path)
    assert first == second
    for line, exported in zip(path.read_text().splitlines(), first.decode().splitlines(), strict=True):
        came, went = json.loads(line), json.loads(exported)
        for image in [*came["images"], *went["images"]]:
            image["base64"] = image["sha256"] = ""  # the file names its images by path, the export holds them
        for critique in [each for response in went["responses"] for each in response["critiques"]]:
            critique["reference_version"] = None  # counted here, by the file not told
        assert went == came


def test_what_people_and_critics_wrote_here_comes_back_byte_for_byte(tmp_path: Path) -> None:
    project = a_project(names_leave=True)
    problem = a_problem(project, images=2, tags=["bars"], licence="CC-BY-4.0", extra={"z": [1.5, None], "a": "ß"})
    response = a_response(["First 📊 step", "So x² = 4", "Thus 2"], problem=problem, sample=2)
    person = a_person()
    judgments = (
        schema.Judgment(
            step=1, verdict="correct", confidence=0.1, active_seconds=3.25, skills=("spatial", "ocr"), steps_seen=1
        ),
        schema.Judgment(
            step=2,
            verdict="incorrect",
            own_error=True,
            findings=(
                schema.Finding(
                    error_type="perception/text_reading",
                    severity="minor",
                    explanations=("It says 5.", ""),
                    corrected_text="So x² = 5",
                    marks=(
                        schema.Span(start=3, end=5),
                        schema.Region(image=2, points=((0.1, 0.2), (0.3, 0.4))),
                        schema.Region(shape="polygon", points=((0, 0), (1, 0), (0.3333333333333333, 1))),
                    ),
                ),
                schema.Finding(explanations=()),
            ),
        ),
        schema.Judgment(step=3, verdict="incorrect", inherits_from=(2,), own_error=False),
    )
    first = a_critique(
        response, by=person, judgments=judgments, comment="Ends well.\nMostly.", stage="blind",
        started_at=datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC), active_seconds=61.5, difficulty=5,
    )  # fmt: skip
    a_critique(response, "correct", by=person, stage="after_reveal")
    set_reference(first, "adjudicated")
    a_critique(
        response,
        author=replace(a_critic(), settings={"temperature": 0.7, "b": [1], "a": {}}),
        judgments=tuple(schema.Judgment(step=step, state="unparsed") for step in (1, 2, 3)),
        evidence=(schema.Evidence(kind="ocr", content={"lines": ["5"], "image": 1}),),
        raw_output="{ no JSON",
        costs={"tokens_in": 100, "seconds": 0.25},
        run="run-1",
        sample=1,
        key="critic-1",
    )
    correction = a_response(2, problem=problem, revises=response, guided_by=first, key="corrected")
    assert correction.position > response.position
    exported, reexported = again(project, tmp_path)
    assert exported == reexported


def test_critiques_keep_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    project = a_project(names_leave=True)
    response = a_response(1, project=project)
    names = [f"critic {number}" for number in (3, 1, 2, 9, 7, 8)]
    for name in names:
        a_critique(response, author=a_critic(name))
    first, second = again(project, tmp_path)
    assert [made["author"]["name"] for made in json.loads(second)["responses"][0]["critiques"]] == names
    assert first == second


def test_every_revision_goes_out(tmp_path: Path) -> None:
    project = a_project(names_leave=True)
    response = a_response(1, project=project)
    person = a_person()
    for verdict in ("correct", "incorrect", "correct"):
        a_critique(response, verdict, by=person)
    first, second = again(project, tmp_path)
    critiques = json.loads(first)["responses"][0]["critiques"]
    assert [(made["revision"], made["judgments"][0]["verdict"]) for made in critiques] == [
        (1, "correct"), (2, "incorrect"), (3, "correct"),
    ]  # fmt: skip
    assert first == second


def test_only_the_newest_reference_is_one() -> None:
    project = a_project(names_leave=True)
    response = a_response(1, project=project)
    old, new = a_critique(response, author=a_critic("one")), a_critique(response, author=a_critic("two"))
    set_reference(old, "gold")
    set_reference(new, "adjudicated")
    assert Reference.objects.count() == 2
    critiques = rows(a_snapshot(project))[0]["responses"][0]["critiques"]
    assert [made["reference"] for made in critiques] == [None, "adjudicated"]


def test_images_go_out_with_the_bytes_they_came_with_or_by_hash_alone(tmp_path: Path) -> None:
    project = a_project(names_leave=True)
    original = png(10, 10)
    record = schema.Problem(key="p", question="?", images=(schema.Image(base64=base64.b64encode(original).decode()),))
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(codec.dump(record)) + "\n")
    imported(path, project=project)
    (inside,) = rows(a_snapshot(project))
    (by_hash,) = rows(a_snapshot(project, options={"images": "by_hash"}))
    assert base64.b64decode(inside["images"][0]["base64"]) == original
    assert by_hash["images"][0]["base64"] == ""
    assert by_hash["images"][0]["sha256"] == inside["images"][0]["sha256"] != ""


def test_a_critique_of_earlier_steps_stays_behind_and_is_counted() -> None:
    project = a_project(names_leave=True)
    response = a_response(["one two"], project=project)
    a_critique(response, "incorrect")
    with transaction.atomic():
        Segmentation.objects.create(response=response, number=2, rule="by hand", step_count=2)
        for number, (start, end) in enumerate([(0, 3), (4, 7)], 1):
            Step.objects.create(
                response=response, segmentation=2, number=number, step_count=2, start=start, end=end, length=end - start
            )
    Response.objects.filter(pk=response.pk).update(segmentation=2)
    snapshot = a_snapshot(project)
    (row,) = rows(snapshot)
    assert (len(row["responses"][0]["steps"]), row["responses"][0]["critiques"]) == (2, [])
    assert snapshot.manifest["skipped"] == {
        "count": 1, "reasons": {"a critique of steps that the response no longer has": 1},
    }  # fmt: skip


def test_a_record_without_a_reference_says_so() -> None:
    response = a_response(2)
    a_critique(response, "unsure")
    made = rows(a_snapshot(response.project))[0]["responses"][0]["critiques"][0]
    expected = codec.dump(a_critique_record(response, "unsure"))
    assert made == {**expected, "key": made["key"]}


def test_effects_and_rollouts_come_back_byte_for_byte(tmp_path: Path) -> None:
    response = a_response(["Read the 2020 bar.", "So it is 40.", "The answer is 40."])
    critique = a_full_critique(response)
    first = a_correction(
        response, guided_by=critique, guidance=Guidance(seed=2**40, explanation_seed=7, left_out=1), rejected=2,
        answer="50 %", costs={"tokens_in": 3, "seconds": 0.125},
    )  # fmt: skip
    a_correction(first, guided_by=a_critique(first, "incorrect"), by=a_person("ann"))
    a_correction(response, answer=None)
    a_rollout_set(response, "right unparsed", after_step=3, costs={"calls": 2})
    a_finding_check(critique)
    exported, reexported = again(response.project, tmp_path)
    assert exported == reexported
    (line,) = exported.decode().splitlines()
    chain, *corrections = json.loads(line)["responses"]
    assert [(one["effect"]["effect"], one["effect"]["round"], one["effect"]["root"]) for one in corrections] == [
        ("unchanged", 1, None), ("fixed", 2, response.key), ("unparsed", 1, None),
    ]  # fmt: skip
    assert len(corrections[0]["effect"]["rejected"]) == 2
    assert [len(each["rollouts"]) for each in chain["rollout_sets"]] == [2, 2, 1, 2]
    assert [check["step_change"] for check in chain["finding_checks"]] == [-1.0]


def test_the_same_file_again_adds_no_effect_and_no_rollout(tmp_path: Path) -> None:
    response = a_response(["Read the 2020 bar.", "So it is 40.", "The answer is 40."])
    critique = a_full_critique(response)
    a_correction(response, guided_by=critique)
    a_finding_check(critique)
    path = tmp_path / "export.jsonl"
    path.write_bytes(content(a_snapshot(response.project)))
    project = imported(path)
    imported(path, project=project)
    counts = project.effects.count(), project.rollout_sets.count(), project.finding_checks.count()
    assert counts == (1, 3, 1)


def test_reviews_come_back_with_the_reviewers_version(tmp_path: Path) -> None:
    it = Reviewed()
    review.send_back(it.critique, "Step 2 reads 62.", by=it.reviewer)
    second = a_critique(it.response, "correct", "incorrect", by=it.ann, stage="after_reveal")
    draft = review.change(it.stored(second), by=it.reviewer)
    write(draft, answer_at_verdict="incorrect", findings_at_a_at_step=2, findings_at_a_at_explanation="62.")
    submit_critique(draft.pk, it.reviewer)
    exported, reexported = again(it.project, tmp_path)
    assert exported == reexported
    readings = json.loads(exported)["readings"]
    told = [(one["decision"], one.get("reasons")) for one in readings]
    assert told == [("returned", "Step 2 reads 62."), ("changed", "")]
    assert len({one["by"]["name"] for one in readings}) == 1, "both by Rita, under the name that leaves the house"
    project = imported(tmp_path / "export.jsonl")
    imported(tmp_path / "export.jsonl", project=project)
    changed = project.reviews.get(decision="changed")
    assert project.reviews.count() == 2
    assert (changed.revision.author_id, changed.revision.stage) == (changed.reviewer_id, "review")


def test_a_reference_comes_back_with_its_version_and_where_its_parts_come_from(tmp_path: Path) -> None:
    it = Disputed()
    for source in (it.bens, it.anns):
        draft = it.begin()
        adjudicate.take_all(draft, source, by=it.rita)
        adjudicate.say_why(draft, {"steps.2": "Legible."}, by=it.rita)
        it.finish(draft)
    exported, reexported = again(it.project, tmp_path)
    assert exported == reexported
    line = json.loads(exported)
    (reference,) = [one for one in line["responses"][0]["critiques"] if one["reference"]]
    assert (reference["reference_version"], reference["stage"]) == (2, "adjudication")
    told = [one for one in line["readings"] if one["kind"] == "provenance" and one["critique"] == reference["key"]]
    assert [(one["step"], one["finding"], one["how"], one["why"]) for one in told] == [
        (0, None, "taken", ""), (1, None, "taken", ""), (2, None, "taken", "Legible."), (2, 1, "taken", ""),
    ]  # fmt: skip
    project = imported(tmp_path / "export.jsonl")
    imported(tmp_path / "export.jsonl", project=project)
    assert Reference.objects.get(response__project=project).version == 2
    assert Provenance.objects.filter(project=project).count() == 7


def test_what_people_did_with_critiques_comes_back_byte_for_byte_and_once(tmp_path: Path) -> None:
    it = Revealed()
    note_shown(it.own, [it.theirs])
    react(it.own, it.theirs, 1, "agree", by=it.person)
    react(it.own, it.theirs, 1, "wrong", by=it.person)
    correction = a_correction(it.response, guided_by=it.theirs)
    rate_in_foresight(it.own, it.theirs, "helped", "Says where.", by=it.person)
    show_outcome(it.own, correction, by=it.person)
    rate_in_hindsight(it.own, correction, "misled", "", by=it.person)
    exported, reexported = again(it.response.project, tmp_path)
    assert exported == reexported
    told = [(one["kind"], one.get("reaction") or one.get("rating")) for one in json.loads(exported)["readings"]]
    assert told == [
        ("showing", None), ("reaction", "agree"), ("reaction", "wrong"), ("rating", "helped"), ("showing", None),
        ("rating", "misled"),
    ]  # fmt: skip
    project = imported(tmp_path / "export.jsonl")
    imported(tmp_path / "export.jsonl", project=project)
    kept = [model.objects.filter(project=project).count() for model in (Showing, Reaction, UsefulnessRating)]
    assert kept == [2, 2, 2]
