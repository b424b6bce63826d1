"""Runs in the admin: their list, and one run with its steps, its log and what was done to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.forms import ActionForm

from genisys import RunNotOpen, UserError, workflows
from runs.access import OPERATE, Action, can_control, get_run_or_404, is_owner, visible_runs, without_big_columns
from runs.control_plane.again import try_again_sync
from runs.models import AuditEntry, Run, SetAside
from runs.presentation import words
from runs.presentation.present import present
from runs.presentation.rows import duration_of
from runs.rules.audit import Actor, Via
from runs.service.actions import cancel_run_sync, pause_run_sync, resume_run_sync, retry_run_sync
from runs.service.forking import fork_run_sync
from runs.staff.fork_form import ForkForm
from runs.staff.trace import EVENTS, STEPS, event_page, step_page, step_value, trace_of, whole_step

AUDIT_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class _Button:
    """What a button does to a run, and what is said when it is done."""

    do: Callable[[Run, Actor], bool | None]
    done: str


_BUTTONS = {
    Action.CANCEL: _Button(cancel_run_sync, "The run was asked to stop. What is done is kept."),
    Action.RETRY: _Button(retry_run_sync, "The run was taken up again. What is done is kept."),
    Action.PAUSE: _Button(pause_run_sync, "The run rests from its next step on."),
    Action.RESUME: _Button(resume_run_sync, "The run goes on."),
}


class ActionWithWhy(ActionForm):
    """What to do with the selected runs, and why."""

    why = forms.CharField(
        label="",
        required=False,
        max_length=500,
        widget=forms.TextInput({"aria-label": "Why", "placeholder": "Why (optional)", "class": "run-why"}),
    )


class SetAsideFilter(admin.SimpleListFilter):
    """The runs of which something was refused and waits for somebody to try it again."""

    title = "set aside"
    parameter_name = "aside"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("any", "anything"), *SetAside.What.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        if not self.value():
            return queryset
        aside = SetAside.objects.all() if self.value() == "any" else SetAside.objects.filter(what=self.value())
        return queryset.filter(pk__in=aside.values("run"))


class WorkflowFilter(admin.SimpleListFilter):
    """The runs of one workflow, of those that this process knows: to ask the runs themselves reads all of them."""

    title = "workflow"
    parameter_name = "workflow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, name) for name in sorted(workflows())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        return queryset.filter(workflow=self.value()) if self.value() else queryset


@admin.register(Run)
class RunAdmin(ModelAdmin):
    """The list of all runs, and one run with its steps and its log. Nothing can be edited; runs can be stopped."""

    list_display = (
        "shown_status",
        "title",
        "workflow",
        "shown_person",
        "shown_tokens",
        "shown_cost",
        "shown_request",
        "shown_duration",
    )
    list_display_links = ("shown_status", "title")
    list_filter = (
        "status",
        WorkflowFilter,
        "created_at",
        SetAsideFilter,
    )
    list_select_related = ("owner",)
    list_per_page = 50
    list_fullwidth = True
    search_fields = ("id", "title", "owner__email", "error__message")
    search_help_text = "Id, title, e-mail of the person, or words of the error"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-created_at",)
    actions = ("cancel_selected", "retry_selected", "try_again_selected")
    action_form = ActionWithWhy
    change_form_template = "admin/runs/run/detail.html"

    class Media:
        css = {"all": ["runs/admin.css"]}

    # Rights: `access` decides, not the permissions table.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for actions with `permissions=["operate"]`: who may only look is not offered them."""
        return bool(request.user.has_perm(OPERATE))

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        aside = Exists(SetAside.objects.filter(run=OuterRef("pk")))
        return without_big_columns(visible_runs(_person(request))).annotate(has_aside=aside)

    @admin.display(description="status", ordering="status")
    def shown_status(self, run: Run) -> str:
        aside = ", ! set aside" if run.has_aside else ""  # type: ignore[attr-defined]
        return f"{words.STATUS_MARKS[run.status]} {words.STATUS_WORDS[run.status]}{aside}"

    @admin.display(description="person", ordering="owner__email")
    def shown_person(self, run: Run) -> str:
        name, at, host = ((run.owner.email or run.owner.get_username()) if run.owner else "–").partition("@")
        return format_html("{}{}<wbr>{}", name, at, host)

    @admin.display(description="tokens")
    def shown_tokens(self, run: Run) -> str:
        return f"{run.input_tokens + run.output_tokens:,}"

    @admin.display(description="cost", ordering="known_cost_microusd")
    def shown_cost(self, run: Run) -> str:
        return words.cost(run.cost_microusd, run.known_cost_microusd).removeprefix("cost ") or "–"

    @admin.display(description="requested", ordering="created_at")
    def shown_request(self, run: Run) -> str:
        return words.day(run.created_at).text

    @admin.display(description="duration")
    def shown_duration(self, run: Run) -> str:
        return duration_of(run) or "–"

    @admin.action(permissions=["operate"], description="Stop the selected runs; what is done is kept")
    def cancel_selected(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        asked = sum(self._do(request, run, Action.CANCEL) for run in chosen)
        messages.info(request, f"{words.amount(asked, 'run')} asked to stop.")

    @admin.action(permissions=["operate"], description="Retry the selected runs; what is done is kept")
    def retry_selected(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        begun = sum(self._do(request, run, Action.RETRY) for run in chosen)
        messages.info(request, f"{words.amount(begun, 'run')} taken up again.")

    @admin.action(permissions=["operate"], description="Try again what was set aside of the selected runs")
    def try_again_selected(self, request: HttpRequest, chosen: QuerySet[Run]) -> None:
        for run in chosen:
            if not can_control(_person(request), run):
                continue
            try:
                left = try_again_sync(run, _actor(request))
            except UserError as error:
                messages.error(request, f"{run}: {error.message}")
            else:
                for aside in left:
                    messages.error(request, f"{run}: again, {aside}")
                if not left:
                    messages.info(request, f"{run}: nothing of it is set aside now.")

    def _do(self, request: HttpRequest, run: Run, action: Action) -> bool:
        """Do one thing to the run, if this person may; return whether it was done. What stands in the way is shown."""
        try:
            return can_control(_person(request), run) and _BUTTONS[action].do(run, _actor(request)) is not False
        except (UserError, RunNotOpen) as error:
            messages.error(request, f"{run}: {error.message}")
            return False

    # One run

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            *(
                path(f"<str:run_id>/{action}/", wrap(self.button_view), {"action": action}, name=f"runs_run_{action}")
                for action in _BUTTONS
            ),
            path("<str:run_id>/fork/", wrap(self.fork_view), name="runs_run_fork"),
            path("<str:run_id>/steps/<int:position>/<str:part>", wrap(self.part_view), name="runs_run_part"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one run. There is no form: a run is what happened."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        run = get_run_or_404(_person(request), object_id or "", without=("input", "output"))
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "opts": self.opts,
            "title": str(run),
            **_context_of(request, run),
        }
        return TemplateResponse(request, self.change_form_template, context)

    def button_view(self, request: HttpRequest, run_id: str, action: Action) -> HttpResponse:
        """Do one thing to one run."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        run = get_run_or_404(_person(request), run_id, action)
        if self._do(request, run, action):
            messages.info(request, _BUTTONS[action].done)
        return _to(run)

    def fork_view(self, request: HttpRequest, run_id: str) -> HttpResponse:
        """Make a new run that goes on from one of this one's steps, with what was edited."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        run = get_run_or_404(_person(request), run_id, Action.FORK)
        key = request.GET.get("step", "")
        step = whole_step(run, key=key) if key else None
        if key and step is None:
            raise Http404("There is no such step.")
        form = ForkForm(run, step, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                fork = fork_run_sync(run, _actor(request), **form.order)
            except UserError as error:
                form.add_error(None, error.message)
            else:
                messages.info(request, "The new run goes on from there.")
                return _to(fork)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Fork {run}",
            "run": run,
            "step": step,
            "form": form,
            "asks_why": _asks_why(request, run),
        }
        status = 422 if request.method == "POST" else 200
        return TemplateResponse(request, "admin/runs/run/fork.html", context, status=status)

    def part_view(self, request: HttpRequest, run_id: str, position: int, part: str) -> HttpResponse:
        """Return a step's whole input, output, error or traceback, as text."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        run = get_run_or_404(_person(request), run_id)
        text = step_value(run, position, part)
        if text is None:
            raise Http404("There is no such step, or nothing of that kind was recorded of it.")
        return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _context_of(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Return all that the page of one run shows of it."""
    trace = trace_of(run)
    controls = can_control(_person(request), run)
    return {
        "run": run,
        "view": present(
            run, trace.state, log_id=trace.log_id, why=trace.why, can_control=controls, paused=trace.paused
        ),
        "controls": controls,
        "asks_why": controls and _asks_why(request, run),
        "asides": run.set_aside.all(),
        "audit": AuditEntry.objects.filter(run_id=run.pk)[:AUDIT_ENTRIES],
        "error_text": "" if run.error is None else _json(run.error),
        "fault": trace.fault,
        "steps": step_page(run, trace, _number(request, "steps", 1)),
        "steps_per_page": STEPS,
        "events": event_page(run, number) if (number := _number(request, "events", 0)) else None,
        "events_per_page": EVENTS,
        "as_of": timezone.now(),
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _person(request: HttpRequest) -> Any:
    user = request.user
    return AnonymousUser() if user is None else user


def _actor(request: HttpRequest) -> Actor:
    return Actor(_person(request), Via.ADMIN, request.POST.get("why", ""))


def _asks_why(request: HttpRequest, run: Run) -> bool:
    return not is_owner(_person(request), run)


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else default


def _to(run: Run) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:runs_run_change", args=[run.pk]), status=303)
