"""What the products say of their workflows, so that a run's page can show the work, not the machinery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runs.models import Run

State = dict[str, Any]
Context = Callable[[Run, State], dict[str, Any]]


def _no_context(run: Run, state: State) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """How a product has one of its questions answered: `make(schema, owner_id, data, auto_id)` gives the form.

    A form is used as Django's are, and has `answer` once it is valid, `rearranging` where it is to be shown again as it
    stands, and `typed`, what was typed as text. `template` is the partial that shows it.
    """

    make: Callable[[State, int | None, Any, str], Any]
    template: str


@dataclass(frozen=True, slots=True)
class Product:
    """How runs of one workflow are shown.

    `noun` is what the run makes ("post"); `template` the partial with the work; `context` gives that partial
    what it needs, from the row and the fold (sync, at most one query); `list_url` the name of the list the
    page belongs to, `new_url` of the form that starts one, `start_title` and `start_about` what that form is called
    and a sentence of what it does; `stages` the top-level components in order with their
    titles, so that those to come can be named; one with the title "" is not shown; `forms` the forms of its own for
    questions, by their names. `starts_again` is False where that form starts other runs than these.
    """

    workflow: str
    noun: str
    template: str
    context: Context
    list_url: str
    new_url: str = ""
    stages: tuple[tuple[str, str], ...] = ()
    start_title: str = ""
    start_about: str = ""
    forms: Mapping[str, QuestionForm] = field(default_factory=dict)
    starts_again: bool = True


_products: dict[str, Product] = {}


def register(
    workflow_name: str,
    *,
    noun: str,
    template: str,
    context: Context = _no_context,
    list_url: str = "runs:list",
    new_url: str = "",
    stages: Sequence[tuple[str, str]] = (),
    start_title: str = "",
    start_about: str = "",
    forms: Mapping[str, QuestionForm] | None = None,
    starts_again: bool = True,
) -> None:
    """Say how runs of this workflow are shown. Products call it in `AppConfig.ready`."""
    _products[workflow_name] = Product(
        workflow_name,
        noun,
        template,
        context,
        list_url,
        new_url,
        tuple(stages),
        start_title,
        start_about,
        forms or {},
        starts_again,
    )


def product_of(workflow_name: str) -> Product | None:
    return _products.get(workflow_name)


def noun_of(workflow_name: str) -> str:
    product = _products.get(workflow_name)
    return product.noun if product else "run"
