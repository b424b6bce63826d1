"""What staff see of sites and their pages, read-only. Text stays text: nothing scraped is shown as HTML."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from ingestion.models import Page, Site
from runs.models import OPEN_STATUSES, Run


class _LookOnly(ModelAdmin):
    # Django would make a link of an address field, whatever its scheme.
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

    list_display = ("__str__", "url", "owner", "state", "read_at")
    list_filter = ("status",)
    search_fields = ("url", "title", "owner__email")
    list_select_related = ("owner",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        status = Run.objects.filter(pk=OuterRef("run_id")).values("status")
        sites: QuerySet[Site] = super().get_queryset(request)
        return sites.annotate(run_status=Subquery(status))

    @admin.display(description="State", ordering="status")
    def state(self, site: Any) -> str:
        """Return the site's state; “being read” while its run is open, since a run that is retried reads again."""
        return "being read" if site.run_status in OPEN_STATUSES else site.get_status_display()


class SummaryFilter(admin.SimpleListFilter):
    """Pages by who wrote their summary. Models are not told apart: to ask which there are reads all pages."""

    title = "summary by"
    parameter_name = "summary_by"
    _BY = {"extract": Q(summary_by="extract"), "model": ~Q(summary_by__in=("", "extract")), "nobody": Q(summary_by="")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("extract", "the page’s own sentences"), ("model", "a model"), ("nobody", "nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Page]) -> QuerySet[Page]:
        return queryset.filter(self._BY.get(self.value() or "", Q()))


@admin.register(Page)
class PageAdmin(_LookOnly):
    """Pages: what came of each, and who wrote its summary."""

    list_display = ("__str__", "url", "outcome", "words", "summary_by", "read_at")
    list_filter = ("outcome", SummaryFilter)
    search_fields = ("url", "title")
