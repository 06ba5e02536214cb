"""Websocket addresses of the network."""

from django.urls import path

from network import consumers

websocket_urlpatterns = [path("ws/grid/", consumers.Grid.as_asgi())]  # type: ignore[arg-type]  # an ASGI application, which channels routes
