from typing import Any

from django.db import migrations, models


def settle(apps: Any, schema_editor: Any) -> None:
    """Sites whose run had failed or been stopped went on being read."""
    sites = apps.get_model("ingestion", "Site").objects.filter(status="reading")
    runs = apps.get_model("runs", "Run").objects
    for status, left in (("failed", "failed"), ("cancelled", "stopped")):
        broken_off = sites.filter(run_id__in=runs.filter(status=status).values("pk"))
        broken_off.exclude(read_at=None).update(status="ready")
        broken_off.filter(read_at=None).update(status=left)


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0003_page_injection"), ("runs", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="site",
            name="status",
            field=models.CharField(
                choices=[
                    ("new", "not read yet"),
                    ("reading", "being read"),
                    ("ready", "read"),
                    ("failed", "reading failed"),
                    ("stopped", "reading stopped"),
                ],
                default="new",
                max_length=8,
            ),
        ),
        migrations.RunPython(settle, migrations.RunPython.noop),
    ]
