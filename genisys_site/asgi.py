"""The whole product as one ASGI application. Any ASGI server runs it; `manage.py serve` adds a tidy end."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genisys_site.settings")
# Before any import that touches a model: this is what loads the apps.
_pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from genisys_site import sqlite_log  # noqa: E402
from genisys_site.body_limit import limited  # noqa: E402
from genisys_site.lifespan import lifespan  # noqa: E402
from genisys_site.origins import SameOrigin  # noqa: E402
from runs.routing import websocket_urlpatterns  # noqa: E402

sqlite_log.hold_open()

application = ProtocolTypeRouter(
    {
        "http": limited(_pages),
        "websocket": SameOrigin(URLRouter(websocket_urlpatterns)),
        "lifespan": lifespan,
    }
)
