"""The staff's view of sites and their pages, to look and not to change. Text stays text: nothing scraped is HTML."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from ingestion.models import Page, Site


class _LookOnly(ModelAdmin):
    # Django makes a link of an address field, whatever its scheme.
    exclude = ("url",)
    readonly_fields = ("address",)

    @admin.display(description="URL")
    def address(self, row: Site | Page) -> str:
        return row.url

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Site)
class SiteAdmin(_LookOnly):
    """Sites: whose they are, and how far they have been read."""

    list_display = ("__str__", "url", "owner", "status", "read_at")
    list_filter = ("status",)
    search_fields = ("url", "title", "owner__email")
    list_select_related = ("owner",)


@admin.register(Page)
class PageAdmin(_LookOnly):
    """Pages: what came of each, and who wrote its summary."""

    list_display = ("__str__", "url", "outcome", "words", "summary_by", "read_at")
    list_filter = ("outcome", "summary_by")
    search_fields = ("url", "title")
