"""API tokens in the admin: whose there are, and when they were used."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from runs.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    """Whose tokens exist and when they were used. The tokens themselves are nowhere kept."""

    list_display = ("name", "prefix", "user", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email")
    fields = (
        "name",
        "prefix",
        "user",
        "scopes",
        "workflows",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = ("name", "prefix", "user", "scopes", "workflows", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
