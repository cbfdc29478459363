"""How a person likes the interface: theirs alone, in every project."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.models.fields import one_of

THEMES = ("light", "dark")
MAILS = ("never", "daily", "soon")


class Preferences(models.Model):
    """One row a person, made when something is first changed."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="preferences"
    )
    language = models.CharField(max_length=10, blank=True, help_text="Empty: what the browser asks for.")
    theme = models.CharField(max_length=5, blank=True, help_text="Empty: what the system says.")
    mail = models.CharField(max_length=5, default="daily", help_text="How often unread notices come by mail.")
    keys = models.JSONField(default=dict, help_text="Changed keys of the workbench: action to key.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(theme__in=["", *THEMES]), name="preferences_theme"),
            one_of("mail", MAILS, "preferences_mail"),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user}"
