"""The app's entry: tells `runs` how a reading is shown, and follows how its run ends."""

from __future__ import annotations

from django.apps import AppConfig


class IngestionConfig(AppConfig):
    """Site ingestion and the knowledge base."""

    name = "ingestion"
    verbose_name = "Sites"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ingestion.hooks import endings, present
        from ingestion.schedule import due  # models cannot be imported before
        from runs import products
        from runs.record.signals import clock_ticked, run_finished

        run_finished.connect(endings.settle, dispatch_uid="ingestion.endings")
        clock_ticked.connect(due.start_due, dispatch_uid="ingestion.due")

        products.register(
            "ingest-site",
            noun="site",
            template="ingestion/_body.html",
            context=present.context,
            list_url="ingestion:list",
            new_url="ingestion:new",
            stages=present.STAGES,
            start_title="Read a site",
            start_about="Its pages are read one by one and kept, so that you can search them and write from them.",
        )
