"""The API is what its OpenAPI schema says: no fault, no answer that is not told, whatever is sent (schemathesis).

Each operation gets a few requests made from its own schema, with a token that may do everything: against things that
are there, and against names that schemathesis makes up. Seeded, so that a run repeats.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_wsgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from annotations.api.docs import schema
from annotations.api.throttling import BulkThrottle, PersonThrottle
from annotations.verbs import tokens
from critique_app.wsgi import application
from tests.api.world import World
from tests.builders import a_person

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 4
OPERATIONS = sorted(
    f"{method.upper()} {path}" for path, methods in schema()["paths"].items() for method in methods
)  # fmt: skip


def test_it_is_openapi_3_1_and_names_every_call_of_the_api() -> None:
    told = schema()
    assert told["openapi"].startswith("3.1")
    assert "/api/v1/projects/{slug}/critiques/" in told["paths"]
    ids = [operation["operationId"] for methods in told["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


def test_every_json_schema_in_it_is_one() -> None:
    for component in schema()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(component)


@pytest.mark.django_db
def test_the_schema_is_open_and_the_page_of_it_for_who_is_logged_in(client: Client) -> None:
    assert client.get(reverse("api_schema")).json()["info"]["title"] == "Second Look"
    assert client.get(reverse("api_docs")).status_code == 302
    client.force_login(a_person())
    page = client.get(reverse("api_docs")).content.decode()
    assert 'data-path="/api/v1/projects/{slug}/responses/"' in page
    assert "style=" not in page


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Without throttles; a call of the WSGI application leaves the test's connection open, as the test client does."""
    for throttle in (PersonThrottle, BulkThrottle):
        monkeypatch.setattr(throttle, "rate", None, raising=False)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield World()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def real_names(world: World, path: str) -> dict[str, Any]:
    """Of the things in the address that are there."""
    dataset = world.snapshot.dataset.name if "/datasets/" in path else ""
    work = world.waiting_import if path.endswith("/mapping/") else world.import_work
    rows = {"problems": world.response.problem_id, "responses": world.response.pk, "critiques": world.critique.pk}
    found = {"slug": world.project.slug, "name": dataset, "version": 1, "file": "rows.jsonl"}
    if "work_id" in path:
        found["work_id"] = str(work.pk)
    if "{case}" in path:
        found["case"] = str(world.case.pk)
    if "hook_id" in path or "delivery_id" in path:
        found |= {"hook_id": str(world.delivery.hook_id), "delivery_id": str(world.delivery.pk)}
    if "run_id" in path:
        found["run_id"] = str(world.run.pk)
    if "row_id" in path:
        found["row_id"] = str(next(row for name, row in rows.items() if f"/{name}/" in path))
    return found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_fault_and_no_answer_that_is_not_told(operation: str, world: World) -> None:
    method, _, path = operation.partition(" ")
    _, secret = tokens.create_token(world.people["instance admin"], ["read", "push", "pull", "run"])
    real = real_names(world, path)
    described = from_wsgi(reverse("api_schema"), application)[path][method]

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=described.as_strategy())
    def call(case: schemathesis.Case) -> None:
        for names in (case.path_parameters, {**case.path_parameters, **{n: real[n] for n in case.path_parameters}}):
            case.path_parameters = names
            response = case.call(headers={"Authorization": f"Bearer {secret}"})
            case.validate_response(response, checks=CHECKS)

    call()
