"""The page with which a product starts its runs: a form; posted, a run and the way to its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from genisys import UserError
from runs.models import Run

Start = Callable[[HttpRequest, dict[str, Any]], Run]


def start_page(request: HttpRequest, form: Form, start: Start, template: str) -> HttpResponse:
    """Show the form, with 422 and the words for what is wrong once it was posted; else start the run and go there.

    `start` gets the cleaned data; a UserError that it raises is shown on the form.
    """
    posted = request.method == "POST"
    if posted and form.is_valid():
        try:
            run = start(request, form.cleaned_data)
        except UserError as error:
            form.add_error(None, error.message)
        else:
            return HttpResponseRedirect(run.get_absolute_url(), status=303)
    return render(request, template, {"form": form}, status=422 if posted else 200)
