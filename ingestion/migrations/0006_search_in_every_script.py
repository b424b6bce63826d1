"""Search over terms that we cut ourselves: the same on both databases, in every script. Plain indexes over them.

A later migration that makes Django rebuild the table ingestion_passage on SQLite drops its triggers: it must call
`build` again after.
"""

import importlib

from django.db import migrations, models

import ingestion.search.terms_field
from ingestion.search.indexing import index_text, language_of_page

before = importlib.import_module("ingestion.migrations.0002_full_text_search")

SQLITE = (
    """CREATE VIRTUAL TABLE ingestion_passage_fts USING fts5(
        terms, content='ingestion_passage', content_rowid='id',
        tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M* P* S*'")""",
    """CREATE TRIGGER ingestion_passage_fts_insert AFTER INSERT ON ingestion_passage BEGIN
        INSERT INTO ingestion_passage_fts(rowid, terms) VALUES (new.id, new.terms);
    END""",
    """CREATE TRIGGER ingestion_passage_fts_delete AFTER DELETE ON ingestion_passage BEGIN
        INSERT INTO ingestion_passage_fts(ingestion_passage_fts, rowid, terms) VALUES ('delete', old.id, old.terms);
    END""",
    """CREATE TRIGGER ingestion_passage_fts_update AFTER UPDATE OF terms ON ingestion_passage BEGIN
        INSERT INTO ingestion_passage_fts(ingestion_passage_fts, rowid, terms) VALUES ('delete', old.id, old.terms);
        INSERT INTO ingestion_passage_fts(rowid, terms) VALUES (new.id, new.terms);
    END""",
    "INSERT INTO ingestion_passage_fts(ingestion_passage_fts) VALUES ('rebuild')",
)
POSTGRES = (
    """ALTER TABLE ingestion_passage ADD COLUMN search tsvector GENERATED ALWAYS AS (
        array_to_tsvector(array_remove(string_to_array(replace(terms, chr(10), ' '), ' '), ''))) STORED""",
    "CREATE INDEX ingestion_passage_search ON ingestion_passage USING gin (search)",
)


def drop_what_was(apps, schema_editor):
    before.drop(apps, schema_editor)


def build_what_was(apps, schema_editor):
    before.build(apps, schema_editor)


def fill(apps, schema_editor):
    passages = apps.get_model("ingestion", "Passage").objects
    for page in apps.get_model("ingestion", "Page").objects.exclude(text="").iterator(chunk_size=50):
        language = language_of_page(page.title, page.text)
        rows = list(passages.filter(page=page))
        for row in rows:
            row.terms = index_text(language, page.title, row.heading, row.text)
            row.language, row.terms_count = language, len(row.terms.split())
        passages.bulk_update(rows, ["terms", "language", "terms_count"], batch_size=100)


def build(apps, schema_editor):
    before._run(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRES})


def drop(apps, schema_editor):
    before._run(schema_editor, {"sqlite": before.SQLITE_BACK, "postgresql": before.POSTGRES_BACK})


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0005_outcomes")]
    operations = [
        migrations.RunPython(drop_what_was, build_what_was),
        migrations.AddField("passage", "terms", ingestion.search.terms_field.TermsField(blank=True, db_default="", default="", editable=False)),
        migrations.AddField("passage", "language", models.CharField(db_default="en", default="en", editable=False, max_length=8)),
        migrations.AddField("passage", "terms_count", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
        migrations.AddField("passage", "vector", models.BinaryField(blank=True, editable=False, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(build, drop),
    ]
