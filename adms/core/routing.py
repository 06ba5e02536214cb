"""Websocket addresses of the core."""

from django.urls import path

from adms.core import consumers

websocket_urlpatterns = [path("ws/ui/", consumers.Ui.as_asgi())]  # type: ignore[arg-type]  # an ASGI application, which channels routes
