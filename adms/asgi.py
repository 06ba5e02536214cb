"""The ASGI application: HTTP and websockets, behind the limit on what a request may weigh."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

http = get_asgi_application()

from adms.middleware import BodyLimit  # noqa: E402 - needs the apps to be loaded

application = BodyLimit(ProtocolTypeRouter({"http": http}))
