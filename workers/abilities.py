"""What a model was found able to do when it was last loaded, kept so that a run can be refused before it starts."""

from __future__ import annotations

from dataclasses import asdict

from django.db.models.functions import Now

from workers.engine_room import EngineKey
from workers.engines.base import EngineDescription
from workers.models import KnownModel


def remember(key: EngineKey, description: EngineDescription) -> None:
    KnownModel.objects.update_or_create(
        engine=key.engine, model=key.model, defaults={"description": asdict(description), "seen_at": Now()}
    )
