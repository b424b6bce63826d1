"""Full-text search over passages: an FTS5 table kept by triggers on SQLite, a generated tsvector with GIN on Postgres.

A later migration that makes Django rebuild the table ingestion_passage on SQLite drops its triggers: it must call
`build` again after.
"""

from django.db import migrations

SQLITE = (
    """CREATE VIRTUAL TABLE ingestion_passage_fts USING fts5(
        heading, text, content='ingestion_passage', content_rowid='id',
        tokenize='porter unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER ingestion_passage_fts_insert AFTER INSERT ON ingestion_passage BEGIN
        INSERT INTO ingestion_passage_fts(rowid, heading, text) VALUES (new.id, new.heading, new.text);
    END""",
    """CREATE TRIGGER ingestion_passage_fts_delete AFTER DELETE ON ingestion_passage BEGIN
        INSERT INTO ingestion_passage_fts(ingestion_passage_fts, rowid, heading, text)
        VALUES ('delete', old.id, old.heading, old.text);
    END""",
    """CREATE TRIGGER ingestion_passage_fts_update AFTER UPDATE OF heading, text ON ingestion_passage BEGIN
        INSERT INTO ingestion_passage_fts(ingestion_passage_fts, rowid, heading, text)
        VALUES ('delete', old.id, old.heading, old.text);
        INSERT INTO ingestion_passage_fts(rowid, heading, text) VALUES (new.id, new.heading, new.text);
    END""",
    "INSERT INTO ingestion_passage_fts(ingestion_passage_fts) VALUES ('rebuild')",
)
SQLITE_BACK = (
    "DROP TRIGGER IF EXISTS ingestion_passage_fts_insert",
    "DROP TRIGGER IF EXISTS ingestion_passage_fts_delete",
    "DROP TRIGGER IF EXISTS ingestion_passage_fts_update",
    "DROP TABLE IF EXISTS ingestion_passage_fts",
)
POSTGRES = (
    """ALTER TABLE ingestion_passage ADD COLUMN search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', heading), 'A') || setweight(to_tsvector('english', text), 'B')) STORED""",
    "CREATE INDEX ingestion_passage_search ON ingestion_passage USING gin (search)",
)
POSTGRES_BACK = ("ALTER TABLE ingestion_passage DROP COLUMN search",)


def build(apps, schema_editor):
    _run(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRES})


def drop(apps, schema_editor):
    _run(schema_editor, {"sqlite": SQLITE_BACK, "postgresql": POSTGRES_BACK})


def _run(schema_editor, by_vendor):
    for statement in by_vendor[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0001_initial")]
    operations = [migrations.RunPython(build, drop)]
