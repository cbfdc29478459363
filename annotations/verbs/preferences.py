"""A person's language, theme, keys and mails; each change is one row of theirs, and nobody else's."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from annotations.models.preferences import MAILS, THEMES, Preferences
from annotations.verbs.key_table import Changes, checked


def preferences_of(user: Any) -> Preferences:
    """The person's, or those of somebody who never changed any (not stored). Joined by `web.signed_in`: no query."""
    found: Preferences | None = getattr(user, "preferences", None) if user.is_authenticated else None
    return found or Preferences()


def change_look(user: Any, *, language: str, theme: str) -> None:
    """Empty means: as browser and system say. Raises ValidationError by field."""
    languages = [code for code, _name in settings.LANGUAGES]
    if language and language not in languages:
        raise ValidationError({"language": _("Expected one of %(listed)s.") % {"listed": ", ".join(languages)}})
    if theme and theme not in THEMES:
        raise ValidationError({"theme": _("Expected one of %(listed)s.") % {"listed": ", ".join(THEMES)}})
    Preferences.objects.update_or_create(user=user, defaults={"language": language, "theme": theme})


def change_mail(user: Any, mail: str) -> None:
    """How often unread comments come by mail. Raises ValidationError by field."""
    if mail not in MAILS:
        raise ValidationError({"mail": _("Expected one of %(listed)s.") % {"listed": ", ".join(MAILS)}})
    Preferences.objects.update_or_create(user=user, defaults={"mail": mail})


def change_keys(user: Any, changes: Changes) -> dict[str, str]:
    """Keeps exactly these changes of the table; returns them. Raises ValidationError by action."""
    kept = checked(changes)
    Preferences.objects.update_or_create(user=user, defaults={"keys": kept})
    return kept
