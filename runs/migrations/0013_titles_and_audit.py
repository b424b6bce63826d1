from typing import Any

from django.db import DatabaseError, migrations, models, transaction

_AVAILABLE = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
# `UPPER`, as Django asks whatever is to be found in either case.
_INDEX = "CREATE INDEX runs_run_title_parts ON runs_run USING gin (UPPER(title) gin_trgm_ops)"


def index_titles(apps: Any, schema_editor: Any) -> None:
    """Have PostgreSQL find parts of titles by an index; where it lacks pg_trgm, or we may not add it, it reads them all."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABLE)
        if cursor.fetchone() is None:
            return
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute(_INDEX)
                # Until it knows how rare words are, it would look up frequent ones there, and sort what it finds.
                cursor.execute("ANALYZE runs_run")
        except DatabaseError:
            return


def forget_titles(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS runs_run_title_parts")


class Migration(migrations.Migration):
    dependencies = [("runs", "0012_retention")]

    operations = [
        migrations.AddIndex("auditentry", models.Index(fields=["-at", "-id"], name="runs_audit_latest")),
        migrations.RunPython(index_titles, forget_titles),
    ]
