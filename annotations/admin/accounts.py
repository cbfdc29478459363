"""People: an instance admin may change names, switch accounts off, set passwords, and take a lost second step away.

Nobody is added here: accounts come by invitation. Nobody is deleted: what they submitted names them.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from annotations.admin.read_only import ReadOnlyAdmin
from annotations.models import Invitation, LogEntry, Membership, Token
from annotations.verbs import log

LOGGED = ("username", "email", "is_active", "is_superuser")


class PersonAdmin(UserAdmin):
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_superuser")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    list_display = ("username", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    readonly_fields = ("last_login", "date_joined")
    actions = ("take_second_step_away",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = User.objects.filter(pk=obj.pk).values(*LOGGED).first()
        obj.is_staff = obj.is_superuser  # one kind of instance admin; Django asks for both
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            after = {name: getattr(obj, name) for name in LOGGED}
            log.record("change_account", by=request.user, project=None, target=str(obj), before=before, after=after)

    @admin.action(description="Take a lost second step away", permissions=["change"])
    def take_second_step_away(self, request: HttpRequest, people: Any) -> None:
        with transaction.atomic():
            for person in people:
                TOTPDevice.objects.filter(user=person).delete()
                StaticDevice.objects.filter(user=person).delete()
                log.record("second_step_off", by=request.user, project=None, target=str(person))


class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "project", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "project")
    search_fields = ("user__username", "project__slug")


class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "project", "role", "created_by", "expires_at", "accepted_at", "revoked_at")
    list_select_related = ("project", "created_by")
    exclude = ("secret_hash",)


class TokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    exclude = ("secret_hash",)


class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "verb", "target", "project_id")
    list_filter = ("verb",)
    list_select_related = ("actor",)


# The second step of others is theirs: its keys and codes are shown to nobody, and taken away by the action above.
admin.site.unregister([User, Group, TOTPDevice, StaticDevice])
admin.site.register(User, PersonAdmin)
admin.site.register(Membership, MembershipAdmin)
admin.site.register(Invitation, InvitationAdmin)
admin.site.register(Token, TokenAdmin)
admin.site.register(LogEntry, LogEntryAdmin)
