"""The whole product as one ASGI application. Any ASGI server runs it; `manage.py serve` adds a tidy end."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
# Before any import that touches a model: this is what loads the apps.
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from genisys.host import preload  # noqa: E402
from genisys_site.middleware.body_limit import limited  # noqa: E402
from genisys_site.serving import sqlite_log  # noqa: E402
from genisys_site.serving.lifespan import lifespan  # noqa: E402
from genisys_site.serving.origins import SameOrigin  # noqa: E402
from genisys_site.serving.pages import Pages  # noqa: E402
from runs.live.resources import share_connections  # noqa: E402
from runs.routing import websocket_urlpatterns  # noqa: E402

preload()
sqlite_log.hold_open()
share_connections(settings.GENISYS_DATABASE_CONNECTIONS)

application = ProtocolTypeRouter(
    {
        "http": limited(Pages()),
        "websocket": SameOrigin(URLRouter(websocket_urlpatterns)),
        "lifespan": lifespan,
    }
)
