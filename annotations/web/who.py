"""Who is logged in, in JSON: where a log-in over a page ends, so that the page knows whose session it has now."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
@login_required
def who(request: HttpRequest) -> JsonResponse:
    """`{person, name}`: the account's key and name."""
    return JsonResponse({"person": request.user.pk, "name": request.user.get_username()})


urlpatterns = [path("who", who, name="who")]
