"""What a person may start: the products, which have forms of their own, and every other workflow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from genisys import Workflow, workflows
from runs import products
from runs.presentation import words
from runs.products import Product

_END_OF_SENTENCE = re.compile(r"[.!?。！？](?=\s+\S|$)")
MOST_CHARS = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """A workflow as a line of the page that lists what can be started."""

    name: str
    title: str
    about: str
    url: str
    is_product: bool


def entries() -> list[Entry]:
    """Return what there is to start, products first, in the order of their titles."""
    found: dict[str, Entry] = {}
    for name, workflow in sorted(workflows().items()):
        entry = entry_of(workflow)
        # A product may have several workflows, of which one form starts the first and its pages the others.
        found.setdefault(entry.url, entry) if entry.is_product else found.update({name: entry})
    return sorted(found.values(), key=lambda entry: (not entry.is_product, entry.title.casefold()))


def entry_of(workflow: Workflow[Any, Any]) -> Entry:
    """Return the line of one workflow."""
    product = products.product_of(workflow.name)
    if product is not None and product.new_url:
        return _of_product(product)
    url = reverse("new:workflow", args=[workflow.name])
    title, about = words.title_of(workflow.name), first_sentence(workflow.description)
    return Entry(workflow.name, title, about, url, is_product=False)


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, on one line: what ends in a full stop, or its first part."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    for end in _END_OF_SENTENCE.finditer(paragraph):
        rest = paragraph[end.end() :].lstrip()
        # After "e.g." and the like a sentence goes on, in small letters.
        if not rest[:1].islower():
            paragraph = paragraph[: end.end()]
            break
    return paragraph if len(paragraph) <= MOST_CHARS else f"{paragraph[:MOST_CHARS].rstrip()}…"


def _of_product(product: Product) -> Entry:
    title = product.start_title or f"New {product.noun}"
    return Entry(product.workflow, title, product.start_about, reverse(product.new_url), is_product=True)
