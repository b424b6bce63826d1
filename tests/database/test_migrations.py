"""A migration is applied while the release before it still runs: it adds, and takes nothing away that old code uses.

The release that needs no longer what the last one used may take it away, and says so here, in CONTRACTS.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

from tests.conftest import REPOSITORY, Process, Stack

OURS = ("runs", "staff", "ingestion", "agents", "genisys_site")
BEFORE_THE_RULE = {
    "runs": "0011_spans_of_steps",
    "staff": "0002_alerts",
    "ingestion": "0008_readings_and_schedules",
    "agents": "0002_editor",
    "genisys_site": "0001_cache_table",
}
"""The newest migrations of the time before the first release."""
CONTRACTS: dict[tuple[str, str], str] = {}
"""By app and name: why no code that may still run uses what the migration takes away."""
TAKES_AWAY = (migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel)
RENAMES = (migrations.AlterModelTable, migrations.AlterUniqueTogether, migrations.AddConstraint)


def _breaks(operation: Operation, before: Any) -> str:
    """Return what of this operation the code before it would fail on; "" where there is nothing."""
    name = type(operation).__name__
    if isinstance(operation, TAKES_AWAY):
        return f"{name}: old code still asks for it"
    if isinstance(operation, RENAMES):
        return f"{name}: old code still writes as it did"
    if isinstance(operation, migrations.AddField) and not _is_filled_by_the_database(operation.field):
        return f"{name} {operation.name}: old code inserts rows without it; give it null=True or db_default"
    if isinstance(operation, migrations.AlterField):
        was = before.models[operation.app_label, operation.model_name_lower].fields[operation.name]
        return _narrowed(operation, was)
    if isinstance(operation, migrations.RunSQL | migrations.SeparateDatabaseAndState):
        return f"{name}: nobody can say what it does to old code"
    return ""


def _is_filled_by_the_database(field: models.Field[Any, Any]) -> bool:
    # Django drops the default with which it fills the rows that are there; one of the database's own stays.
    return field.null or field.db_default is not NOT_PROVIDED or field.many_to_many


def _narrowed(operation: migrations.AlterField, was: models.Field[Any, Any]) -> str:
    now = operation.field
    if type(now) is not type(was):
        return f"AlterField {operation.name}: from {type(was).__name__} to {type(now).__name__}"
    if was.null and not now.null:
        return f"AlterField {operation.name}: old code still writes NULL"
    if now.unique and not was.unique:
        return f"AlterField {operation.name}: old code may write a value twice"
    if (now.max_length or 0) < (was.max_length or 0):
        return f"AlterField {operation.name}: old code still writes longer values"
    return ""


def _new_migrations(loader: MigrationLoader) -> Iterator[tuple[tuple[str, str], migrations.Migration]]:
    for key, migration in sorted(loader.disk_migrations.items()):
        if key[0] in OURS and key[1] > BEFORE_THE_RULE[key[0]]:
            yield key, migration


def _faults_of(migration: migrations.Migration, before: Any) -> list[str]:
    made = {op.name_lower for op in migration.operations if isinstance(op, migrations.CreateModel)}
    faults = []
    for operation in migration.operations:
        operation.app_label = migration.app_label
        if getattr(operation, "model_name_lower", None) not in made and (fault := _breaks(operation, before)):
            faults.append(fault)
        before = before.clone()
        operation.state_forwards(migration.app_label, before)
    return faults


def test_each_migration_leaves_the_release_before_it_working() -> None:
    loader = MigrationLoader(None)
    faults = {}
    for key, migration in _new_migrations(loader):
        before = loader.project_state([parent.key for parent in loader.graph.node_map[key].parents])
        if key not in CONTRACTS and (found := _faults_of(migration, before)):
            faults[key] = found
    assert not faults, "expand first, contract a release later (CONTRIBUTING, “A migration”)"


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        (migrations.RemoveField("run", "title"), "RemoveField"),
        (migrations.RenameField("run", "title", "name"), "RenameField"),
        (migrations.DeleteModel("ShareLink"), "DeleteModel"),
        (migrations.AddField("run", "mood", models.CharField(max_length=9, default="")), "db_default"),
        (migrations.AddField("run", "mood", models.CharField(max_length=9, default="", db_default="")), ""),
        (migrations.AddField("run", "mood", models.CharField(max_length=9, null=True)), ""),
        (migrations.AlterField("run", "started_at", models.DateTimeField()), "NULL"),
        (migrations.AlterField("run", "title", models.IntegerField()), "to IntegerField"),
        (migrations.AlterField("run", "worker", models.CharField(max_length=10)), "longer"),
        (migrations.AlterField("run", "worker", models.CharField(max_length=500)), ""),
        (migrations.AddIndex("run", models.Index(fields=["seq"], name="by_seq")), ""),
        (migrations.AddConstraint("run", models.UniqueConstraint(fields=["seq"], name="once")), "AddConstraint"),
        (migrations.RunSQL("DROP TABLE runs_run"), "RunSQL"),
    ],
    ids=lambda given: str(given) if isinstance(given, str) else given.describe(),
)
def test_what_old_code_fails_on_is_found(operation: Operation, fault: str) -> None:
    planted = type("Planted", (migrations.Migration,), {"operations": [operation]})("9999_planted", "runs")
    found = _faults_of(planted, MigrationLoader(None).project_state(("runs", BEFORE_THE_RULE["runs"])))
    assert (fault in found[0]) if fault else not found


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, check=True).stdout


@pytest.fixture
def old_code(tmp_path: Path) -> Path:
    """The code as it was before the newest migration came, without it."""
    if not (REPOSITORY / ".git").exists() or b"true" in _git("rev-parse", "--is-shallow-repository"):
        pytest.skip("The code before the newest migration is in the history, and here is none.")
    newest = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", *(f"{app}/migrations/0*.py" for app in OURS))
    folder = tmp_path / "old"
    with tarfile.open(fileobj=io.BytesIO(_git("archive", f"{newest.decode().strip()}^"))) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("old", [["serve"], ["worker", "control"]], ids="-".join)
def test_old_and_new_code_share_a_database_that_is_migrated(
    parts: Stack, new_customer: Any, old_code: Path, old: list[str]
) -> None:
    for process in (parts.serve, parts.worker, parts.control):
        if process.name in old:
            # No fork of this code, but a Python of its own that finds the old code where it starts.
            process.argv[:1] = ["/usr/bin/env", sys.executable]
            process.cwd = old_code
    parts.env["PYTHONPATH"] = ""
    (old_code / "tests/database").mkdir(parents=True, exist_ok=True)
    if not (old_code / "tests/database/letters").exists():
        (old_code / "tests/database/letters").symlink_to(REPOSITORY / "tests/database/letters")
    parts.start()
    customer = new_customer(parts)
    runs = customer.order_many([f"person {number}" for number in range(3)], letters=2)
    assert set(customer.wait_until_ended(runs)) == {"completed"}
    _runs_from(parts.worker, old_code if "worker" in old else REPOSITORY)
    _runs_from(parts.serve, old_code if "serve" in old else REPOSITORY)


def _runs_from(process: Process, folder: Path) -> None:
    assert Path(f"/proc/{process.pid}/cwd").resolve() == folder.resolve()
