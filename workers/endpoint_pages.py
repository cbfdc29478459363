"""Pages of endpoints, for instance admins only: make, change, try, delete. An API key goes in and never comes out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from workers import endpoints
from workers.engines.base import EngineDescription, EngineError
from workers.models import Endpoint

PAGE_SIZE = 20


class EndpointForm(forms.ModelForm):
    in_flight = forms.IntegerField(label=gettext_lazy("Requests at a time"), min_value=1, max_value=256, initial=16)
    deadline_seconds = forms.IntegerField(
        label=gettext_lazy("Seconds for one request, with all its attempts"), min_value=5, max_value=86400, initial=600
    )
    longest_side = forms.IntegerField(
        label=gettext_lazy("Longest side of a picture, in pixels"), min_value=64, max_value=16384, initial=2048
    )
    key = forms.CharField(
        label=gettext_lazy("API key"),
        required=False,
        strip=True,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept encrypted and never shown. Empty leaves it as it is."),
    )
    forget_key = forms.BooleanField(label=gettext_lazy("Forget the key that is kept"), required=False)

    class Meta:
        model = Endpoint
        fields = ["name", "base_url", "model", "sees_images", "in_flight", "deadline_seconds", "longest_side"]
        labels = {
            "name": gettext_lazy("Name"),
            "base_url": gettext_lazy("Address"),
            "model": gettext_lazy("Model"),
            "sees_images": gettext_lazy("The model sees images"),
        }
        help_texts = {
            "name": gettext_lazy("By which critics refer to it; it stays for good."),
            "base_url": gettext_lazy("Up to /v1: https://models.example.org/v1"),
            "model": gettext_lazy("As the server calls it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields["name"].disabled = True
        if not self.instance.sealed_key:
            del self.fields["forget_key"]

    def clean_base_url(self) -> str:
        url: str = self.cleaned_data["base_url"]
        try:
            endpoints.check_base_url(url)
        except ValidationError as wrong:
            raise ValidationError(wrong.messages) from wrong
        return url

    def store(self, by: Any) -> Endpoint:
        change = None
        if self.cleaned_data.get("forget_key") or self.cleaned_data["key"]:
            change = endpoints.KeyChange(self.cleaned_data["key"])
        return endpoints.save(self.instance, by=by, key=change)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def endpoint_list(request: HttpRequest) -> HttpResponse:
    _require_admin(request)
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.store(request.user)
        messages.success(request, _("%(name)s is made: try it, then name it in a critic.") % {"name": made.name})
        return redirect("endpoint", made.name)
    page = Paginator(Endpoint.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    told = {"page": page, "form": form, "query": ""}
    return render(request, "endpoints/page.html", told, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def endpoint_page(request: HttpRequest, name: str) -> HttpResponse:
    _require_admin(request)
    endpoint = get_object_or_404(Endpoint, name=name)
    form = EndpointForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        form.store(request.user)
        messages.success(request, _("Saved. Workers take it up with their next run."))
        return redirect("endpoint", name)
    return _one(request, endpoint, form, status=400 if form.errors else 200)


@require_POST
@login_required
def check_endpoint(request: HttpRequest, name: str) -> HttpResponse:
    """Asks the far end what it can do, and says so."""
    _require_admin(request)
    endpoint = get_object_or_404(Endpoint, name=name)
    found: EngineDescription | None = None
    problem = ""
    try:
        found = endpoints.check(endpoint, by=request.user)
    except EngineError as error:
        problem = str(error)
    return _one(request, endpoint, EndpointForm(instance=endpoint), found=found, problem=problem)


@require_POST
@login_required
def delete_endpoint(request: HttpRequest, name: str) -> HttpResponse:
    _require_admin(request)
    endpoint = get_object_or_404(Endpoint, name=name)
    try:
        endpoints.delete(endpoint, by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("endpoint", name)
    messages.success(request, _("%(name)s is deleted.") % {"name": name})
    return redirect("endpoints")


def _one(
    request: HttpRequest,
    endpoint: Endpoint,
    form: EndpointForm,
    *,
    found: EngineDescription | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    told = {
        "endpoint": endpoint,
        "form": form,
        "found": found,
        "problem": problem,
        "key_variable": endpoints.key_variable(endpoint.name),
        "keeps_key": bool(endpoint.sealed_key),
    }
    return render(request, "endpoints/one.html", told, status=status)


def _require_admin(request: HttpRequest) -> None:
    if not endpoints.may_manage(request.user):
        raise PermissionDenied(_("Endpoints are for instance admins."))


urlpatterns = [
    path("endpoints", endpoint_list, name="endpoints"),
    path("endpoints/<slug:name>", endpoint_page, name="endpoint"),
    path("endpoints/<slug:name>/check", check_endpoint, name="check_endpoint"),
    path("endpoints/<slug:name>/delete", delete_endpoint, name="delete_endpoint"),
]
