"""The WebSocket addresses. `genisys_site.asgi` puts them behind the origin check and the session."""

from django.urls import path

from runs.consumers import RunsConsumer

websocket_urlpatterns = [path("ws/runs", RunsConsumer.as_asgi())]
