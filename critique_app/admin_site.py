"""The admin site: for instance admins, through our own log-in, so that throttle and second step hold here too.

Not in `annotations/admin/`: Django makes the site while that package registers its tables, and would make it twice.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse


class InstanceAdminSite(AdminSite):
    site_header = site_title = "Second Look: instance admin"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where the admin sends whoever may not see it."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied("These pages are for instance admins.")
        onward = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('login')}?{urlencode({REDIRECT_FIELD_NAME: onward})}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("change_password")
