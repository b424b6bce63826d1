from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0002_full_text_search")]

    operations = [
        migrations.AddField(
            model_name="page",
            name="injection",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
    ]
