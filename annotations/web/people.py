"""The members of a project: who, which role, and who is invited."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotations.models import Invitation, Membership
from annotations.verbs import invite, members, words
from annotations.web.project_page import project_page

MEMBERS_PER_PAGE = 50
INVITATIONS_SHOWN = 100
ROLE_CHOICES = list(words.ROLES.items())


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLE_CHOICES, initial="annotator")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@project_page("manage_members")
def members_page(request: Any) -> HttpResponse:
    """GET lists; POST invites, and shows the link in this one response where it was not sent by mail."""
    form = InviteForm(request.POST or None)
    link = None
    if form.is_valid():
        invitation, secret = invite.invite(request.project, **form.cleaned_data, by=request.user)
        link = request.build_absolute_uri(reverse("invitation", args=[secret]))
        if settings.EMAIL_HOST:
            invite.send_invitation(invitation, link)
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": invitation.email})
            return redirect("members", request.project.slug)
        form = InviteForm()
    listed = Membership.objects.filter(project=request.project).select_related("user").order_by("user__username")
    context = {
        "form": form,
        "link": link,
        "page": Paginator(listed, MEMBERS_PER_PAGE).get_page(request.GET.get("page")),
        "invitations": invite.open_invitations(request.project)[:INVITATIONS_SHOWN],
        "roles": ROLE_CHOICES,
        "days": invite.VALID_FOR.days,
    }
    return render(request, "people/page.html", context)


@require_POST
@project_page("manage_members")
def change_role(request: Any, user: int) -> HttpResponse:
    person = get_object_or_404(get_user_model(), pk=user, memberships__project=request.project)
    try:
        members.change_role(request.project, person, request.POST.get("role", ""), by=request.user)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    else:
        messages.success(
            request, _("%(person)s is now %(role)s.") % {"person": person, "role": words.word(request.POST["role"])}
        )
    return _back_to_members(request)


@require_POST
@project_page("manage_members")
def remove_member(request: Any, user: int) -> HttpResponse:
    person = get_object_or_404(get_user_model(), pk=user, memberships__project=request.project)
    try:
        members.remove_member(request.project, person, by=request.user)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    else:
        messages.success(request, _("%(person)s has left the project; what they submitted stays.") % {"person": person})
    return _back_to_members(request)


@require_POST
@project_page("manage_members")
def revoke_invitation(request: Any, invitation: str) -> HttpResponse:
    found = get_object_or_404(Invitation, pk=invitation, project=request.project)
    invite.revoke_invitation(found, by=request.user)
    messages.success(request, _("The link sent to %(email)s no longer works.") % {"email": found.email})
    return _back_to_members(request)


def _back_to_members(request: Any) -> HttpResponse:
    """Whoever just gave up the admin's role may not see the page any more."""
    still_admin = (
        request.user.is_superuser
        or Membership.objects.filter(project=request.project, user=request.user, role="admin").exists()
    )
    return redirect("members", request.project.slug) if still_admin else redirect("home")


urlpatterns = [
    path("p/<slug:slug>/members", members_page, name="members"),
    path("p/<slug:slug>/members/<int:user>/role", change_role, name="change_role"),
    path("p/<slug:slug>/members/<int:user>/remove", remove_member, name="remove_member"),
    path("p/<slug:slug>/invitations/<uuid:invitation>/revoke", revoke_invitation, name="revoke_invitation"),
]
