"""Codes that pages show, in words of the reader's language: `{{ run.state|word }}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

WORDS = {
    # states of work
    "queued": _("queued"),
    "running": _("running"),
    "done": _("done"),
    "failed": _("failed"),
    "cancelled": _("cancelled"),
    # roles
    "admin": _("admin"),
    "reviewer": _("reviewer"),
    "annotator": _("annotator"),
    "trainer": _("trainer"),
    # what is counted
    "problems": _("problems"),
    "responses": _("responses"),
    "critiques": _("critiques"),
    "corrections": _("corrections"),
    "references": _("references"),
    "published versions": _("published versions"),
}


@register.filter
def word(code: str) -> str:
    """The code itself where there is no word for it: counts of an exporter have names of their own."""
    return str(WORDS.get(code, code))
