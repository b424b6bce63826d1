"""The site's settings with the benchmarks' workflows beside the products': what is called over HTTP."""

from genisys_site.settings import *  # noqa: F403 - settings are extended, not imported one by one
from genisys_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.harness"]
