"""Codes that pages show, in words of the reader's language: `{{ run.state|word }}`."""

from __future__ import annotations

from django import template

from annotations.verbs.words import word

register = template.Library()
register.filter(word)
