"""The column with a passage's terms: written by itself whenever the passage is saved, one by one or in bulk."""

from __future__ import annotations

from typing import Any

from django.db import models

from ingestion.search.indexing import index_text, language_of_page


class TermsField(models.TextField):  # type: ignore[type-arg]
    """Fills itself, `language`, `terms_count`, and empties `vector`, which are columns of the same row.

    Its name is `terms`, and it must stand before them in the model. A new row may bring its terms with it
    (`indexing.indexed`), made elsewhere. A row changed by `QuerySet.update` keeps its old terms.
    """

    def pre_save(self, model_instance: Any, add: bool) -> str:
        page = model_instance.page
        language = language_of_page(page.title, page.text)
        index = model_instance.terms if add else ""
        index = index or index_text(language, page.title, model_instance.heading, model_instance.text)
        if index != model_instance.terms:
            # What was made of the text before does not stand for it any more.
            model_instance.vector = None
        model_instance.language, model_instance.terms_count = language, len(index.split())
        model_instance.terms = index
        return index
