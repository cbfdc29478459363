"""Pulls of published versions: who fetched which version when, once a pull, however many requests it took."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from annotations.core.ids import new_id
from annotations.models.project import Token
from annotations.models.snapshot import Snapshot


class Pull(models.Model):
    """`last_at` moves with each request, to the minute; `token` is null for a browser's download."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="pulls")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(Token, null=True, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField(db_default=Now(), editable=False)
    last_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-began_at", "-id"]
        indexes = [models.Index(fields=["snapshot", "user", "token", "-last_at"], name="pulls_of_version")]

    def __str__(self) -> str:
        return f"pull of {self.snapshot_id}"
