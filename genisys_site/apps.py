"""Makes the project an app, so that it can hold the commands `up`, `serve` and `worker`."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "genisys_site"
    verbose_name = "Genisys"
