"""The pages on which a run of any workflow is started: all that there are, and the form for one of them."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from genisys import UserError, Workflow, workflows
from runs.models import Run
from runs.pages.new.catalogue import entries, entry_of
from runs.pages.starting import start_page
from runs.rules import inputs
from runs.schema_forms.form import SchemaForm
from runs.service.errors import IdempotencyConflict
from runs.service.starting import start_run_sync

ONCE = "~once"
"""Names this filling-in of the form: sent twice, it starts one run. No part of a schema has a field of that name."""

_SENT_BEFORE = "This form has started a run already, with other input. Send it once more to start another run."


class WorkflowForm(SchemaForm):
    """The form for a workflow's input. `value` is the input as its type has it, once the form is valid."""

    def __init__(self, workflow: Workflow[Any, Any], data: Any = None, files: Any = None) -> None:
        super().__init__(workflow.input_schema(), lambda given: inputs.parsed(workflow.input_type, given), data, files)
        self.workflow = workflow
        self.fields[ONCE] = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
        self.fields[ONCE].initial = uuid.uuid4().hex

    @property
    def once(self) -> str:
        return str(self.cleaned_data.get(ONCE) or uuid.uuid4().hex)

    def renew(self) -> None:
        """Make the form, sent again as it is, one that starts another run."""
        self.data = {**self.data.dict(), self.add_prefix(ONCE): uuid.uuid4().hex}  # type: ignore[attr-defined]


@require_GET
@login_required
def catalogue(request: HttpRequest) -> HttpResponse:
    """All that the person may start."""
    return render(request, "runs/new.html", {"entries": entries()})


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def workflow(request: HttpRequest, name: str) -> HttpResponse:
    """Show the form of one workflow; posted, it starts the run and leads to its page."""
    found = workflows().get(name)
    if found is None:
        raise Http404("There is no such workflow here.")
    entry = entry_of(found)
    if entry.is_product:
        return HttpResponseRedirect(entry.url)
    posted = request.method == "POST"
    form = WorkflowForm(found, request.POST if posted else None, request.FILES if posted else None)
    context = {"entry": entry, "description": found.description}
    return start_page(request, form, lambda request, _: _start(request, form), "runs/new_workflow.html", context)


def _start(request: HttpRequest, form: WorkflowForm) -> Run:
    """Start the run as the API does: within the person's quota, under a key of this filling-in of the form."""
    try:
        started: Run = start_run_sync(
            user=request.user,
            workflow=form.workflow.name,
            input=form.value,
            title=form.workflow.title_for(form.value),
            idempotency_key=f"new:{form.workflow.name}:{form.once}",
        )
    except IdempotencyConflict as error:
        form.renew()
        raise UserError(_SENT_BEFORE) from error
    return started
