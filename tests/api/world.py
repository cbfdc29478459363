"""What the access table's URLs point at: a project with a person of each role, and one of each thing when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from annotations.core.schema import Finding, Judgment
from annotations.models import (
    Batch,
    Card,
    Comment,
    CourtCase,
    Critique,
    CutProposal,
    GoldItem,
    GoldSignal,
    Invitation,
    Plant,
    Project,
    Reference,
    Response,
    Snapshot,
    Token,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    Work,
)
from annotations.models.project import ROLES
from annotations.verbs import batches, comments, invite, plants, tokens, webhooks
from annotations.verbs.store import set_reference
from tests.builders import a_critique, a_person, a_project, a_response, a_snapshot, an_instance_admin
from workers import runs
from workers.models import Endpoint, Run
from workers.prompts import shipped_text

STRANGER, ANONYMOUS, INSTANCE_ADMIN = "stranger", "anonymous", "instance admin"
CALLERS = (*ROLES, STRANGER, INSTANCE_ADMIN, ANONYMOUS)


class World:
    def __init__(self) -> None:
        self.project: Project = a_project("world")
        self.people: dict[str, Any] = {role: a_person(role, role=role, project=self.project) for role in ROLES}
        self.people[STRANGER] = a_person("stranger")
        self.people[INSTANCE_ADMIN] = an_instance_admin("root")
        self.people[ANONYMOUS] = None

    @cached_property
    def response(self) -> Response:
        return a_response(steps=3, project=self.project)

    @cached_property
    def endpoint(self) -> Endpoint:
        """At a port that nobody listens on."""
        return Endpoint.objects.create(name="far", base_url="http://127.0.0.1:9/v1", model="m")

    @cached_property
    def critique(self) -> Critique:
        return a_critique(self.response, "incorrect")

    @cached_property
    def case(self) -> CourtCase:
        """A finding before the court."""
        flag = Judgment(step=1, verdict="incorrect", own_error=True, findings=(Finding(explanations=("No.",)),))
        critique = a_critique(a_response(steps=1, project=self.project), judgments=(flag,))
        return CourtCase.objects.create(project=self.project, response=critique.response, critique=critique, finding=1)

    @cached_property
    def persons_critique(self) -> Critique:
        """By somebody who is none of the callers."""
        writer = a_person("writer", role="annotator", project=self.project)
        return a_critique(a_response(steps=3, project=self.project), "incorrect", by=writer)

    @cached_property
    def reference(self) -> Reference:
        """Of the response, a critic's."""
        return set_reference(self.critique, "gold")

    @cached_property
    def comment(self) -> Comment:
        """By an admin, on the response."""
        return comments.open_thread(self.response, "Is this one bar or two?", by=self.people["admin"])[0]

    @cached_property
    def proposal(self) -> CutProposal:
        """To split the first step of the response."""
        response = a_response(["One bar. Two bars.", "So."], project=self.project)
        return CutProposal.objects.create(
            project=self.project,
            response=response,
            segmentation=1,
            kind="split",
            at=9,
            proposed_by=self.people["annotator"],
        )

    @cached_property
    def snapshot(self) -> Snapshot:
        return a_snapshot(self.project)

    @cached_property
    def later_version(self) -> int:
        """Of the snapshot's dataset."""
        return a_snapshot(self.project, name=self.snapshot.dataset.name).version

    @cached_property
    def publication(self) -> Work:
        return Work.objects.create(project=self.project, kind="publish", queue="io")

    @cached_property
    def invitation(self) -> Invitation:
        return invite.invite(self.project, "new@example.org", "annotator", by=self.people["admin"])[0]

    @cached_property
    def batch(self) -> Batch:
        """For the annotator, of the response."""
        given = [self.response.key]
        return batches.give_batch(self.project, self.people["annotator"], given, name="Friday", by=self.people["admin"])

    @cached_property
    def card(self) -> Card:
        return Card.objects.create(project=self.project, error_type="knowledge", response=self.response, step=1)

    @cached_property
    def gold(self) -> GoldItem:
        return GoldItem.objects.create(response=self.response, project=self.project, kind="gold")

    @cached_property
    def gold_signal(self) -> GoldSignal:
        told = {"level": "paused", "items": 8, "right": 0.25, "low": 0.07, "high": 0.6}
        return GoldSignal.objects.create(project=self.project, user=self.people["annotator"], **told)

    @cached_property
    def plant(self) -> Plant:
        """By hand, proposed."""
        response = a_response(["One bar.", "It shows 40."], project=self.project)
        with transaction.atomic():
            set_reference(a_critique(response), "gold")
        told = {"error_type": "perception/count", "severity": "minor", "explanation": "There is one."}
        return plants.plant_by_hand(response, 1, "Two bars.", **told, by=self.people["admin"])

    @cached_property
    def import_work(self) -> Work:
        """An import of the project, with a report."""
        key = default_storage.save("imports/report.csv", ContentFile(b"line,field,expected,found\r\n"))
        return Work.objects.create(
            kind="import",
            queue="io",
            project=self.project,
            parameters={"file_name": "a.jsonl", "format": "native", "on_error": "skip", "critic": ""},
            result={"report": key},
        )

    @cached_property
    def waiting_import(self) -> Work:
        """A table that waits for its mapping."""
        key = default_storage.save("imports/table.csv", ContentFile(b"question\r\nHow many?\r\n"))
        return Work.objects.create(
            kind="import",
            queue="io",
            project=self.project,
            state="paused",
            parameters={"file_name": "a.csv", "format": "table", "on_error": "skip", "critic": "", "file": key},
        )

    @cached_property
    def run(self) -> Run:
        """A queued run of the built-in critic over the response."""
        critic = runs.critic_named(self.project, runs.BUILT_IN)
        return runs.start_run(critic, Response.objects.filter(pk=self.response.pk))

    @cached_property
    def dry_run(self) -> Run:
        """Of a prompt of the built-in critic, queued."""
        text = shipped_text("direct").replace("Judge every step", "Judge each step")
        return runs.start_run(
            runs.critic_named(self.project, runs.BUILT_IN),
            Response.objects.filter(pk=self.response.pk),
            kind="dry_run",
            parameters={"prompt": "direct", "text": text},
        )

    @cached_property
    def webhook(self) -> Webhook:
        """The admin's."""
        url, events = "https://hooks.example.org/", ["critique.submitted", "run.finished"]
        return webhooks.make_webhook(self.project, url, events, by=self.people["admin"])[0]

    @cached_property
    def delivery(self) -> WebhookDelivery:
        """To the webhook, failed at its one attempt."""
        made = webhooks.send_test(self.webhook, by=self.people["admin"])
        WebhookAttempt.objects.create(delivery=made, status=500, seconds=0.2, excerpt="out of order")
        Work.objects.filter(pk=made.pk).update(state="failed", error="answered 500")
        return made

    @cached_property
    def token(self) -> Token:
        """The annotator's."""
        return tokens.create_token(self.people["annotator"], ["read"])[0]
