"""The WebSocket addresses. `genisys_site.asgi` puts them behind the origin check."""

from django.urls import path

from runs.live.sockets import runs_socket

websocket_urlpatterns = [path("ws/runs", runs_socket)]
