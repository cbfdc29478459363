"""Counting pulls. `datasets` alone asks five times for one file, an interrupted pull comes back with a range, and
several workers fetch several files: all that is one pull, as long as it is one person's, by one token, of one version,
without an hour's pause.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from annotations.models import Pull, Snapshot, Token

PAUSE = timedelta(hours=1)  # after this, the next request begins another pull
PRECISION = timedelta(minutes=1)  # of `last_at`: spares a write a request


def note_pull(snapshot: Snapshot, user: Any, token: Token | None) -> None:
    """A request for a file's bytes: goes on with the pull that is under way, or begins one."""
    now = timezone.now()
    mine = Pull.objects.filter(snapshot=snapshot, user=user, token=token)
    last = _last(mine)
    if last is not None and last > now - PRECISION:
        return
    with transaction.atomic():
        with connection.cursor() as cursor:  # two first requests at once are one pull
            key = f"pull {snapshot.pk} {user.pk} {token.pk if token else ''}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        last = _last(mine)
        if last is None or last < now - PAUSE:
            Pull.objects.create(snapshot=snapshot, user=user, token=token)
        else:
            mine.filter(last_at=last).update(last_at=now)


def _last(mine: Any) -> Any:
    return mine.order_by("-last_at").values_list("last_at", flat=True).first()
