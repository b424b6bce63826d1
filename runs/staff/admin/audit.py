"""The audit in the admin: who did what to which run."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from runs.access import Action
from runs.models import AuditEntry


class ActionFilter(admin.SimpleListFilter):
    """The entries of one action on runs, or of all else: to ask the entries which there are reads all of them."""

    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((action.value, action.value) for action in Action), ("other", "anything else")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if self.value() == "other":
            return queryset.exclude(action__in=list(Action))
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ModelAdmin):
    """Who did what to which run, and why. Nothing of it can be changed here, or anywhere."""

    list_display = ("at", "shown_actor", "action", "via", "shown_run", "why")
    list_filter = (ActionFilter, "via", "at")
    list_per_page = 50
    list_fullwidth = True
    search_fields = ("actor_name", "run_id")
    search_help_text = "E-mail of who did it, or id of the run"
    show_full_result_count = False
    fields = ("at", "shown_actor", "action", "via", "token_name", "shown_run", "why", "detail")
    readonly_fields = fields

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    @admin.display(description="who", ordering="actor_name")
    def shown_actor(self, entry: AuditEntry) -> str:
        return entry.actor_name or "nobody signed in"

    @admin.display(description="run", ordering="run_id")
    def shown_run(self, entry: AuditEntry) -> str:
        if not entry.run_id:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("admin:runs_run_change", args=[entry.run_id]), entry.run_id)
