"""The words of the page's scripts in another language than English, as Django's catalogue of the domain `djangojs`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition
from django.views.i18n import JavaScriptCatalog

LANGUAGES = {code for code, _name in settings.LANGUAGES}
KEPT_SECONDS = 60 * 60


def _version(request: HttpRequest, language: str) -> str:
    """Changes with the compiled catalogue."""
    files = (folder / language / "LC_MESSAGES" / "djangojs.mo" for folder in settings.LOCALE_PATHS)
    return f'"{language}-{"-".join(str(file.stat().st_mtime_ns) for file in files if file.exists())}"'


@method_decorator([cache_control(max_age=KEPT_SECONDS, public=True), condition(etag_func=_version)], name="dispatch")
class ScriptWords(JavaScriptCatalog):
    """The language stands in the address, so that a cache cannot mix them up."""

    packages = ["annotations"]
    http_method_names = ["get", "head"]

    def get_paths(self, packages: list[str]) -> list[Any]:
        """Ours alone: the scripts of Django's admin bring their own."""
        return list(settings.LOCALE_PATHS)

    def get(self, request: HttpRequest, *args: Any, language: str, **kwargs: Any) -> HttpResponse:
        if language not in LANGUAGES:
            raise Http404(f"expected one of {', '.join(sorted(LANGUAGES))}")
        with override(language):
            return super().get(request, *args, **kwargs)


urlpatterns = [path("words/<str:language>.js", ScriptWords.as_view(), name="script_words")]
