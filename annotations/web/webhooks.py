"""Webhooks of a project, for its admins: where to, for which events, and what came of each delivery."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotations.models import Webhook, WebhookDelivery
from annotations.models.webhook import EVENTS
from annotations.verbs import webhooks
from annotations.web.project_page import project_page

PAGE_SIZE = 30
EVENT_LABELS = {
    "critique.submitted": gettext_lazy("a person submitted a critique"),
    "response.adjudicated": gettext_lazy("a response was adjudicated"),
    "run.finished": gettext_lazy("a run finished"),
    "version.published": gettext_lazy("a version was published"),
    "test": gettext_lazy("test"),
}


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        widget=forms.URLInput,
        help_text=gettext_lazy("https://… on a public address. Redirects are not followed."),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Tell it when"),
        choices=[(event, EVENT_LABELS[event]) for event in EVENTS],
        widget=forms.CheckboxSelectMultiple,
    )


class ChangeForm(WebhookForm):
    is_active = forms.BooleanField(label=gettext_lazy("Switched on"), required=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@project_page("manage_webhooks")
def webhook_list(request: Any) -> HttpResponse:
    """POST makes one and shows its secret in this one response."""
    form = WebhookForm(request.POST or None)
    made, secret = None, ""
    if form.is_valid():
        try:
            made, secret = webhooks.make_webhook(request.project, **form.cleaned_data, by=request.user)
            form = WebhookForm()
        except ValidationError as problem:
            form.add_error(None, problem)
    hooks = [(hook, [EVENT_LABELS[event] for event in hook.events]) for hook in webhooks.hooks_of(request.project)]
    context = {"form": form, "hooks": hooks, "made": made, "secret": secret, "networks": settings.WEBHOOK_NETWORKS}
    return render(request, "webhooks/page.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@project_page("manage_webhooks")
def webhook_page(request: Any, hook_id: UUID) -> HttpResponse:
    """The deliveries, newest first; POST changes the hook."""
    hook = _hook(request, hook_id)
    held = {"url": hook.url, "events": hook.events, "is_active": hook.is_active}
    form = ChangeForm(request.POST or None, initial=held)
    if form.is_valid():
        try:
            webhooks.change_webhook(hook, **form.cleaned_data, by=request.user)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("webhook", request.project.slug, hook.pk)
    return _one(request, hook, form, status=400 if form.errors else 200)


@never_cache
@require_POST
@project_page("manage_webhooks")
def new_secret(request: Any, hook_id: UUID) -> HttpResponse:
    """Shown in this one response."""
    hook = _hook(request, hook_id)
    secret = webhooks.new_secret(hook, by=request.user)
    held = {"url": hook.url, "events": hook.events, "is_active": hook.is_active}
    return _one(request, hook, ChangeForm(initial=held), secret=secret)


@require_POST
@project_page("manage_webhooks")
def send_test(request: Any, hook_id: UUID) -> HttpResponse:
    webhooks.send_test(_hook(request, hook_id), by=request.user)
    messages.success(request, _("A test is queued: see below what comes of it."))
    return redirect("webhook", request.project.slug, hook_id)


@require_POST
@project_page("manage_webhooks")
def remove(request: Any, hook_id: UUID) -> HttpResponse:
    hook = _hook(request, hook_id)
    webhooks.remove_webhook(hook, by=request.user)
    messages.success(request, _("%(url)s hears of nothing any more.") % {"url": hook.url})
    return redirect("webhooks", request.project.slug)


@require_POST
@project_page("manage_webhooks")
def redeliver(request: Any, work_id: UUID) -> HttpResponse:
    delivery = _delivery(request, work_id)
    webhooks.redeliver(delivery, by=request.user)
    messages.success(request, _("It is queued to be sent again."))
    return redirect("webhook", request.project.slug, delivery.hook_id)


@require_POST
@project_page("manage_webhooks")
def stop(request: Any, work_id: UUID) -> HttpResponse:
    delivery = _delivery(request, work_id)
    webhooks.stop(delivery, by=request.user)
    messages.success(request, _("No further try is made."))
    return redirect("webhook", request.project.slug, delivery.hook_id)


def _hook(request: Any, hook_id: UUID) -> Webhook:
    return get_object_or_404(webhooks.hooks_of(request.project).select_related("project"), pk=hook_id)


def _delivery(request: Any, work_id: UUID) -> WebhookDelivery:
    found = WebhookDelivery.objects.select_related("work__project", "hook__project")
    return get_object_or_404(found, pk=work_id, hook__in=webhooks.hooks_of(request.project))


def _one(request: Any, hook: Webhook, form: ChangeForm, *, secret: str = "", status: int = 200) -> HttpResponse:
    page = Paginator(webhooks.deliveries_of(hook), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(delivery, EVENT_LABELS.get(delivery.event, delivery.event)) for delivery in page]
    context = {"hook": hook, "form": form, "secret": secret, "page": page, "rows": rows, "query": ""}
    return render(request, "webhooks/one.html", context, status=status)


urlpatterns = [
    path("p/<slug:slug>/settings/webhooks", webhook_list, name="webhooks"),
    path("p/<slug:slug>/settings/webhooks/<uuid:hook_id>", webhook_page, name="webhook"),
    path("p/<slug:slug>/settings/webhooks/<uuid:hook_id>/secret", new_secret, name="webhook_secret"),
    path("p/<slug:slug>/settings/webhooks/<uuid:hook_id>/test", send_test, name="test_webhook"),
    path("p/<slug:slug>/settings/webhooks/<uuid:hook_id>/remove", remove, name="remove_webhook"),
    path("p/<slug:slug>/settings/webhooks/deliveries/<uuid:work_id>/again", redeliver, name="redeliver"),
    path("p/<slug:slug>/settings/webhooks/deliveries/<uuid:work_id>/stop", stop, name="stop_delivery"),
]
