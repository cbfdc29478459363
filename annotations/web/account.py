"""My account: password, second step, API tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotations.models import Project, Token
from annotations.models.project import SCOPES
from annotations.verbs import second_step, tokens
from annotations.web.preferences import LookForm, MailForm

TOKENS_PER_PAGE = 25
SCOPE_LABELS = {
    "read": gettext_lazy("read: projects, responses, critiques"),
    "push": gettext_lazy("push: send problems, responses and critiques in"),
    "pull": gettext_lazy("pull: fetch published datasets"),
    "run": gettext_lazy("run: start and cancel critics"),
}


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What it is for, such as “training machine”."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=[(scope, SCOPE_LABELS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    projects = forms.ModelMultipleChoiceField(
        Project.objects.none(),
        label=gettext_lazy("Projects"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: every project in which you have a role."),
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=tokens.LONGEST_DAYS,
        initial=tokens.DEFAULT_DAYS,
        label=gettext_lazy("Valid for how many days"),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["projects"].queryset = Project.objects.visible_to(user)  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: Any) -> HttpResponse:
    """GET lists; POST makes a token and shows its secret in this one response."""
    form = TokenForm(request.POST or None, user=request.user, initial={"scopes": ["pull"]})
    secret = None
    if form.is_valid():
        try:
            _, secret = tokens.create_token(request.user, **form.cleaned_data)
            form = TokenForm(user=request.user, initial={"scopes": ["pull"]})
        except ValidationError as problem:
            form.add_error(None, problem)
    mine = Token.objects.filter(user=request.user, revoked_at=None).prefetch_related("projects")
    context = {
        "form": form,
        "secret": secret,
        "page": Paginator(mine, TOKENS_PER_PAGE).get_page(request.GET.get("page")),
        "now": timezone.now(),
        "second_step_is_on": second_step.is_on(request.user),
        "look": LookForm.of(request.user),
        "mail": MailForm.of(request.user),
        "mail_goes": bool(settings.EMAIL_HOST),
    }
    return render(request, "account/page.html", context)


@require_POST
@login_required
def revoke_token(request: HttpRequest, token: str) -> HttpResponse:
    tokens.revoke_token(get_object_or_404(Token, pk=token, user=request.user), by=request.user)
    return redirect("account")


class ChangePasswordView(SuccessMessageMixin, PasswordChangeView):
    """Other sessions of the person end, as Django ties them to the password."""

    template_name = "account/password.html"
    success_url = reverse_lazy("account")
    success_message = gettext_lazy("Your password is changed; every other session of yours has ended.")
    http_method_names = ["get", "head", "post"]


urlpatterns = [
    path("account", account, name="account"),
    path("account/tokens/<uuid:token>/revoke", revoke_token, name="revoke_token"),
    path("account/password", ChangePasswordView.as_view(), name="change_password"),
]
