"""Endpoints: far ends for `openai_http`, made by instance admins; critics name one as their model.

An API key is kept encrypted (annotations/verbs/sealed.py), or stands in the environment only, as $ENDPOINT_KEY_<NAME>.
It goes to the endpoint's server and nowhere else: no page shows it, no log and no export holds it.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from annotations.verbs import log
from annotations.verbs.sealed import Sealed, seal, unseal
from workers.engines.base import EngineDescription, EngineError, open_engine
from workers.models import Critic, Endpoint

ENGINE = "openai_http"
CHECK_SECONDS = 20.0
RECORDED = ("base_url", "model", "sees_images", "in_flight", "deadline_seconds", "longest_side")


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What becomes of the stored key: a new one, or none; where there is no change, pass no KeyChange."""

    new: str = ""


def may_manage(user: Any) -> bool:
    return bool(user.is_active and user.is_superuser)


@transaction.atomic
def save(endpoint: Endpoint, *, by: Any, key: KeyChange | None = None) -> Endpoint:
    """Makes or changes an endpoint. Raises PermissionDenied, and ValidationError for an address that cannot be one."""
    _require(by)
    check_base_url(endpoint.base_url)
    before = Endpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
    if before is not None and before.name != endpoint.name:
        raise ValidationError("An endpoint's name stays, because critics refer to it. Make another one.")
    if key is not None:
        endpoint.sealed_key = seal(key.new)
    endpoint.changed_at = timezone.now()
    endpoint.save()
    told = {name: getattr(endpoint, name) for name in RECORDED} | {"key": "changed" if key else "as before"}
    was = before and {name: getattr(before, name) for name in RECORDED}
    log.record("save_endpoint", by=by, project=None, target=endpoint.name, before=was, after=told)
    return endpoint


@transaction.atomic
def delete(endpoint: Endpoint, *, by: Any) -> None:
    """Raises PermissionDenied, and ValidationError where a critic refers to it."""
    _require(by)
    if critics := Critic.objects.filter(engine=ENGINE, model=endpoint.name).count():
        raise ValidationError(
            f"{critics} critics refer to {endpoint.name}: it stays, so that their runs can be repeated."
        )
    log.record("delete_endpoint", by=by, project=None, target=endpoint.name)
    endpoint.delete()


def check(endpoint: Endpoint, *, by: Any) -> EngineDescription:
    """Asks the far end what it can do, within seconds. Raises PermissionDenied, and EngineError where it cannot."""
    _require(by)
    options = {**options_of(ENGINE, endpoint.name), "limits": _limits(endpoint, deadline_seconds=CHECK_SECONDS / 4)}

    async def described() -> EngineDescription:
        async with asyncio.timeout(CHECK_SECONDS):
            async with await open_engine(
                ENGINE, endpoint.name, models_folder=settings.MODELS_FOLDER, options=options
            ) as engine:
                return engine.description

    try:
        return asyncio.run(described())
    except TimeoutError as error:
        raise EngineError(f"endpoint {endpoint.name}: no answer within {CHECK_SECONDS:g} s") from error


def options_of(engine: str, model: str) -> dict[str, Any]:
    """What `open_engine` needs beside the model's name: nothing, but for an endpoint. Raises EngineError."""
    if engine != ENGINE:
        return {}
    endpoint = Endpoint.objects.filter(name=model).first()
    if endpoint is None:
        names = ", ".join(Endpoint.objects.values_list("name", flat=True)) or "none"
        raise EngineError(f"expected the name of an endpoint ({names}), found {model}; an instance admin makes them")
    return {
        "base_url": endpoint.base_url,
        "model": endpoint.model,
        "api_key": api_key(endpoint),
        "sees_images": endpoint.sees_images,
        "longest_side": endpoint.longest_side,
        "limits": _limits(endpoint),
    }


def api_key(endpoint: Endpoint) -> str:
    """From the environment, else from the row; empty where there is none. Raises EngineError if it cannot be read."""
    if given := os.environ.get(key_variable(endpoint.name), "").strip():
        return given
    if not endpoint.sealed_key:
        return ""
    try:
        return unseal(endpoint.sealed_key)
    except Sealed as error:
        raise EngineError(
            f"endpoint {endpoint.name}: its API key was encrypted with another secret than this machine has; set the "
            f"same ENDPOINT_SECRET everywhere and enter the key again, or set {key_variable(endpoint.name)} here"
        ) from error


def key_variable(name: str) -> str:
    return f"ENDPOINT_KEY_{name.upper().replace('-', '_')}"


def check_base_url(url: str) -> None:
    """Raises ValidationError: http or https, no credentials, nothing behind the path."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValidationError({"base_url": f"Expected http://… or https://…, found {url}."})
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError(
            {"base_url": "Expected an address without user, query or fragment: the key has its own field."}
        )
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise ValidationError({"base_url": "Expected the address up to /v1, without /chat/completions, which we add."})


def _limits(endpoint: Endpoint, **changed: Any) -> Any:
    from workers.engines.http.server import Limits

    return Limits(**{"in_flight": endpoint.in_flight, "deadline_seconds": float(endpoint.deadline_seconds), **changed})


def _require(by: Any) -> None:
    if not may_manage(by):
        raise PermissionDenied("Only an instance admin may make, change or try endpoints.")
