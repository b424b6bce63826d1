"""The page with which a product starts its runs: a form; posted, a run and the way to its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from genisys import UserError
from runs.models import Run
from runs.rules.quotas import QuotaReached

Start = Callable[[HttpRequest, dict[str, Any]], Run]


def start_page(
    request: HttpRequest, form: Form, start: Start, template: str, context: dict[str, Any] | None = None
) -> HttpResponse:
    """Show the form, with 422 and the words for what is wrong once it was posted; else start the run and go there.

    `start` gets the cleaned data; a UserError that it raises is shown on the form, with 429 where it is a quota's.
    """
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            run = start(request, form.cleaned_data)
        except UserError as error:
            form.add_error(None, error.message)
            status = 429 if isinstance(error, QuotaReached) else status
        else:
            return HttpResponseRedirect(run.get_absolute_url(), status=303)
    return render(request, template, {**(context or {}), "form": form}, status=status)
