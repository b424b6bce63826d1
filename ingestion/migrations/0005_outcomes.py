from typing import Any

from django.db import migrations, models

RENAMED = {"needs_script": "js_shell", "duplicate": "duplicate_of", "too_large": "too_big"}


def rename(apps: Any, schema_editor: Any) -> None:
    pages = apps.get_model("ingestion", "Page").objects
    for before, after in RENAMED.items():
        pages.filter(outcome=before).update(outcome=after)


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0004_site_reading_that_broke_off")]

    operations = [
        migrations.AlterField(
            model_name="page",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("ok", "read"),
                    ("thin", "too little text"),
                    ("js_shell", "empty without JavaScript"),
                    ("login_wall", "asks for a sign-in"),
                    ("bot_wall", "keeps programs out"),
                    ("consent_wall", "asks for consent first"),
                    ("paywall", "for subscribers only"),
                    ("soft_404", "says that it is not there"),
                    ("parked", "a parked domain"),
                    ("error_page", "an error in place of a page"),
                    ("duplicate_of", "same as another page"),
                    ("non_text", "not a text page"),
                    ("too_big", "too large"),
                    ("robots", "robots.txt forbids it"),
                    ("noindex", "asks not to be indexed"),
                    ("elsewhere", "leads to another site"),
                    ("gone", "not there"),
                    ("blocked", "address not allowed"),
                    ("failed", "could not be read"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddField("page", "published", models.DateField(blank=True, null=True)),
        migrations.AddField("page", "changed", models.DateField(blank=True, null=True)),
        migrations.RunPython(rename, migrations.RunPython.noop),
    ]
