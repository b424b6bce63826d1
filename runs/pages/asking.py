"""A question with the form that it is answered in: the product's own where it has one, else one made of the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runs.models import Run
from runs.pages.answer_form import AnswerForm
from runs.products import product_of
from runs.rules.questions import Question

PLAIN = "_form.html"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its form, and the partial that shows the form."""

    question: Question
    form: Any
    template: str = PLAIN


def asked(run: Run, question: Question, data: Any = None, *, auto_id: str = "id_%s") -> Asked:
    """Return the question with its form, which reads `data` where something was posted. May ask the database."""
    product = product_of(run.workflow)
    own = product.forms.get(question.name) if product else None
    if own is None:
        return Asked(question, AnswerForm(question.schema, data, auto_id=auto_id))
    return Asked(question, own.make(question.schema, run.owner_id, data, auto_id), own.template)
