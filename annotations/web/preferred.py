"""The page in the person's own language and theme, where they chose one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from annotations.verbs.preferences import preferences_of


def language_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Stands after the person is known; before it, LocaleMiddleware has taken what the browser asks for."""

    def middleware(request: Any) -> HttpResponse:
        language = preferences_of(request.user).language
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return get_response(request)

    return middleware


def preferred(request: Any) -> dict[str, Any]:
    """Context processor: `preferences`."""
    user = getattr(request, "user", None)
    return {"preferences": preferences_of(user) if user is not None else None}
