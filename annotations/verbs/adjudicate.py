"""Adjudication: a reference built from what several people (and critics) wrote, verdict by verdict, finding by finding.

The adjudicator's draft holds what is decided so far; each of its fields says by its last writer where the value came
from (`taken`, `proposed`, `unanimous`, or a tab of the workbench, where it can be edited like any other draft). At
submit every verdict and finding gets its provenance, and the critique becomes the next version of the response's
reference.

Whoever wrote one of the critiques does not adjudicate between them. Proposals by Dawid–Skene stand beside, with their
confidence; one counts only once somebody takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from annotations.core import schema
from annotations.models import Critique, CritiqueHead, Draft, Provenance, Reference, Response
from annotations.models.critique import CritiqueQuerySet
from annotations.models.records import critique_record
from annotations.verbs import log
from annotations.verbs.blindness import may_see_others
from annotations.verbs.draft import DraftInTheWay, Edit, fields_of, mark_value, save
from annotations.verbs.draft_paths import DraftContext
from annotations.verbs.draft_record import finding_ids
from annotations.verbs.permissions import require
from annotations.verbs.proposals import proposals_of
from annotations.verbs.review import Settled
from annotations.verbs.store import set_reference

TAKEN, PROPOSED, UNANIMOUS = "taken", "proposed", "unanimous"  # the clients that write for the adjudicator
_TAIL = 16  # of a critique's key in hexadecimal: what a finding's id and a client's name have room for


def readings(response: Response) -> CritiqueQuerySet:
    """What is adjudicated between: people's own readings under the present cut, the latest of each."""
    people = Critique.objects.by_people().latest().filter(response=response, segmentation=response.segmentation)
    return people.exclude(stage__in=schema.RULING_STAGES)


def beside(response: Response) -> CritiqueQuerySet:
    """All that stands side by side: people's readings, then those of critics that saw the image."""
    critics = Critique.objects.by_critics().latest().unablated()
    critics = critics.filter(response=response, segmentation=response.segmentation)
    return (readings(response) | critics).order_by("author__kind", "stored_at", "id")


@transaction.atomic
def begin(response: Response, *, by: Any) -> Draft:
    """The adjudicator's draft, or the one under way; unanimous verdicts stand in it where the project settles them.

    Raises PermissionDenied, LookupError where nobody has read the response, and DraftInTheWay.
    """
    _require(response, by)
    found = list(readings(response).whole().order_by("stored_at", "id"))
    if not found:
        raise LookupError(
            _("Nobody has critiqued this response under its present steps: there is nothing to adjudicate.")
        )
    draft, made = Draft.objects.select_related("project", "response").get_or_create(
        response=response,
        user=by,
        defaults={
            "project_id": response.project_id,
            "segmentation": response.segmentation,
            "revises": found[0],
            "purpose": "adjudication",
        },
    )
    if draft.purpose != "adjudication":
        raise DraftInTheWay(
            _("You have another draft of this response (My work, Drafts): submit it first, or throw it away.")
        )
    if made and response.project.settle_unanimous and len(found) > 1:
        _write(draft, unanimous([critique_record(each) for each in found]), UNANIMOUS)
    return draft


def unanimous(records: list[schema.Critique]) -> dict[str, Any]:
    """The fields of a draft on which all agree: a step's verdict with its origin, the answer's verdict."""
    values: dict[str, Any] = {}
    for judgments in zip(*(record.judgments for record in records), strict=True):
        said = {(each.verdict, each.own_error, each.inherits_from, each.origin_unknown) for each in judgments}
        if len({each.verdict for each in judgments}) == 1 and judgments[0].verdict is not None:
            values |= _verdict_values(judgments[0], with_origin=len(said) == 1)
    answers = {record.answer.verdict for record in records}
    if len(answers) == 1 and (verdict := answers.pop()) is not None:
        values["answer.verdict"] = verdict
    return values


@transaction.atomic
def take_verdict(draft: Draft, step: int, source: Critique, *, by: Any) -> None:
    """A step's verdict with its origin, or the answer's (step 0), as this critique has it. Raises LookupError."""
    record = critique_record(_beside(draft, source, by))
    if step == 0:
        values: dict[str, Any] = {"answer.verdict": record.answer.verdict}
    elif step <= len(record.judgments):
        values = _verdict_values(record.judgments[step - 1], with_origin=True)
    else:
        raise LookupError(f"step: expected 0 to {len(record.judgments)}, found {step}")
    _write(draft, values, f"{TAKEN}-{_tail(source)}")


@transaction.atomic
def take_finding(draft: Draft, source: Critique, ordinal: int, *, by: Any) -> None:
    """A finding of this critique, with its marks; taken twice, it is there once. Raises LookupError."""
    record = critique_record(_beside(draft, source, by))
    found = [(judgment.step, finding) for judgment in record.judgments for finding in judgment.findings]
    if not 1 <= ordinal <= len(found):
        raise LookupError(f"finding: expected 1 to {len(found)}, found {ordinal}")
    step, finding = found[ordinal - 1]
    path = f"findings.{_tail(source)}-{ordinal}"
    _write(draft, _finding_values(path, step, finding, DraftContext(draft)), f"{TAKEN}-{_tail(source)}")


def take_all(draft: Draft, source: Critique, *, by: Any) -> None:
    """Everything that this critique says, as a beginning."""
    record = critique_record(_beside(draft, source, by))
    with transaction.atomic():
        for step in range(len(record.judgments) + 1):
            take_verdict(draft, step, source, by=by)
        for ordinal in range(1, source.finding_count + 1):
            take_finding(draft, source, ordinal, by=by)


def take_proposal(draft: Draft, step: int, *, by: Any) -> None:
    """The verdict that Dawid–Skene proposes for a step, or for the answer (step 0). Raises LookupError for none."""
    _require(draft.response, by)
    proposal = proposals_of(draft.response).get(step)
    if proposal is None:
        raise LookupError(_("There is no proposal for this: nobody judged it."))
    path = f"steps.{step}.verdict" if step else "answer.verdict"
    _write(draft, {path: proposal.category}, PROPOSED)


def drop_finding(draft: Draft, id: str, *, by: Any) -> None:
    """Takes a finding out of what is being built."""
    _require(draft.response, by)
    values = {path: row.value for path, row in fields_of(draft).items()}
    if id not in finding_ids(values):
        raise LookupError(f"finding: expected one of {', '.join(finding_ids(values)) or 'none'}, found {id}")
    _write(draft, {f"findings.{id}.step": None}, TAKEN)


def say_why(draft: Draft, whys: Mapping[str, str], *, by: Any) -> None:
    """Reasons by what they are of: `steps.N`, `answer` or `findings.ID`. Raises FieldError for anything else."""
    _require(draft.response, by)
    _write(draft, {f"{of}.why": why.replace("\r\n", "\n").strip() or None for of, why in whys.items()}, TAKEN)


def check_open(draft: Draft, by: Any) -> None:
    """Inside the caller's transaction: nobody settled the response since the draft was begun. Raises Settled."""
    _require(draft.response, by)
    CritiqueHead.objects.select_for_update().filter(critique=draft.revises_id).first()
    if Reference.objects.filter(response=draft.response_id, created_at__gt=draft.created_at).exists():
        raise Settled(_("Somebody else made a reference of this response meanwhile. Look at theirs; yours is kept."))


def settle(draft: Draft, critique: Critique, *, by: Any) -> Reference:
    """The stored draft becomes the next version of the reference, with its provenance: called by `submit`."""
    rows = fields_of(draft)
    record = critique_record(Critique.objects.whole().get(pk=critique.pk))
    Provenance.objects.bulk_create(_provenance(draft, critique, record, rows))
    before = Reference.objects.filter(response=draft.response_id).values_list("version", flat=True).first()
    reference = set_reference(critique, "adjudicated", by=by)
    log.record(
        "adjudicate",
        by=by,
        project=draft.project,
        target=draft.response.key,
        before={"version": before} if before else None,
        after={"version": reference.version, "critique": str(critique.pk)},
    )
    return reference


def _provenance(
    draft: Draft, critique: Critique, record: schema.Critique, rows: Mapping[str, Any]
) -> Iterable[Provenance]:
    sources = {_tail(each): each for each in beside(draft.response).whole()}
    values = {path: row.value for path, row in rows.items()}
    proposed = proposals_of(draft.response)
    shared = {"project_id": draft.project_id, "response_id": draft.response_id, "critique": critique}

    def verdict(step: int, path: str) -> Provenance:
        client = rows[f"{path}.verdict"].client if f"{path}.verdict" in rows else ""
        word, _dash, tail = client.partition("-")
        how, source, confidence = "written", None, None
        if word == TAKEN and tail in sources:
            how, source = "taken", sources[tail]
        elif client in (UNANIMOUS, PROPOSED):
            how = client
            confidence = proposed[step].confidence if client == PROPOSED and step in proposed else None
        why = values.get(f"{path}.why") or ""
        return Provenance(step=step, how=how, source=source, confidence=confidence, why=why, **shared)

    yield verdict(0, "answer")
    for judgment in record.judgments:
        yield verdict(judgment.step, f"steps.{judgment.step}")
    # The record's findings stand step by step, those of a step in the order of their ids: so do these.
    ids = sorted(finding_ids(values).items(), key=lambda item: item[1])
    found = [(judgment.step, finding) for judgment in record.judgments for finding in judgment.findings]
    for ordinal, ((id, _step), (step, finding)) in enumerate(zip(ids, found, strict=True), 1):
        tail, _dash, theirs = id.rpartition("-")
        source = sources.get(tail) if theirs.isdigit() else None
        how, source_finding = "written", None
        if source is not None and int(theirs) <= source.finding_count:
            source_finding = int(theirs)
            how = "taken" if _same(source, source_finding, step, finding) else "edited"
        yield Provenance(
            step=step, finding=ordinal, how=how, source=source if source_finding else None,
            source_finding=source_finding, why=values.get(f"findings.{id}.why") or "", **shared,
        )  # fmt: skip


def _same(source: Critique, ordinal: int, step: int, finding: schema.Finding) -> bool:
    theirs = [(each.step, told) for each in critique_record(source).judgments for told in each.findings]
    at, told = theirs[ordinal - 1]
    one = replace(told, explanations=("\n\n".join(told.explanations),) if told.explanations else ())
    return (at, one) == (step, finding)


def _require(response: Response, by: Any) -> None:
    require(by, "adjudicate", response.project)
    if not may_see_others(by, response):
        raise PermissionDenied(_("Submit your own critique of this response first; then you see what others wrote."))
    if Critique.objects.filter(response=response, author__user=by).exclude(stage__in=schema.RULING_STAGES).exists():
        raise PermissionDenied(_("You wrote one of these critiques: somebody else decides between them."))


def _beside(draft: Draft, source: Critique, by: Any) -> Critique:
    _require(draft.response, by)
    found = beside(draft.response).whole().filter(pk=source.pk).first()
    if found is None:
        raise LookupError("critique: expected one that stands beside, found another")
    return found


def _verdict_values(judgment: schema.Judgment, *, with_origin: bool) -> dict[str, Any]:
    path = f"steps.{judgment.step}"
    values: dict[str, Any] = {
        f"{path}.verdict": judgment.verdict,
        f"{path}.state": "unlabelled" if judgment.verdict is None else None,
    }
    if with_origin:
        values |= {
            f"{path}.own_error": judgment.own_error,
            f"{path}.inherits_from": list(judgment.inherits_from) or None,
            f"{path}.origin_unknown": judgment.origin_unknown or None,
        }
    return values


def _finding_values(path: str, step: int, finding: schema.Finding, context: DraftContext) -> dict[str, Any]:
    known = finding.error_type and context.taxonomy.check(finding.error_type) is None
    return {
        f"{path}.step": step,
        f"{path}.error_type": finding.error_type if known else None,  # a newer taxonomy may have dropped it
        f"{path}.severity": finding.severity,
        f"{path}.explanation": "\n\n".join(finding.explanations) or None,
        f"{path}.corrected_text": finding.corrected_text,
        f"{path}.marks": [mark_value(mark) for mark in finding.marks] or None,
    }


def _write(draft: Draft, values: Mapping[str, Any], client: str) -> None:
    """Only what changes; a value that stands already takes the new writer's name all the same, for it was chosen."""
    draft.refresh_from_db(fields=["version"])
    version = draft.version
    save(
        draft,
        [
            Edit(path=path, value=value, base_version=version, client=client, number=version + number)
            for number, (path, value) in enumerate(values.items(), 1)
        ],
    )


def _tail(critique: Critique) -> str:
    return critique.pk.hex[-_TAIL:]
