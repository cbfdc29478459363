"""Links from a step or a finding to the comments on it, `{% talk_about_step talk number %}`; none without a `talk`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.simple_tag
def talk_about_step(talk: Any, number: int) -> SafeString:
    return _link(talk, f"step-{number}", _("step %(number)s") % {"number": number})


@register.simple_tag
def talk_about_finding(talk: Any, shown: Any) -> SafeString:
    return _link(talk, f"finding-{shown.critique}-{shown.ordinal}", _("finding %(label)s") % {"label": shown.label})


def _link(talk: Any, place: str, named: str) -> SafeString:
    if not talk:
        return SafeString("")
    count = talk.counts[place]
    words = ngettext("%(count)s comment", "%(count)s comments", count) % {"count": count} if count else _("Comment")
    return format_html(
        '<a class="talk-link{}" href="?about={}#say" data-about="{}">{}<span class="visually-hidden"> {}</span></a>',
        " some" if count else "", place, place, words, _("on %(what)s") % {"what": named},
    )  # fmt: skip
