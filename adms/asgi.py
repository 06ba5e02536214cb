"""The ASGI application: HTTP and websockets, behind the limit on what a request may weigh and the way to the door."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import re_path

http = get_asgi_application()

import adms.core.routing  # noqa: E402 - these need the apps to be loaded
import network.routing  # noqa: E402
from adms import collecting  # noqa: E402
from adms.core import consumers  # noqa: E402
from adms.middleware import BodyLimit, HandOut  # noqa: E402
from integration.door import Forward  # noqa: E402

websocket_urlpatterns = [
    *adms.core.routing.websocket_urlpatterns,
    *network.routing.websocket_urlpatterns,
    re_path("", consumers.Nowhere.as_asgi()),  # type: ignore[arg-type]  # an ASGI application, which channels routes
]
websockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))  # type: ignore[arg-type]  # path() makes them routable

application = BodyLimit(Forward(HandOut(ProtocolTypeRouter({"http": http, "websocket": websockets}))))

collecting.settle()
