"""Websockets of the network."""

from typing import cast
from urllib.parse import parse_qs

from adms.core import consumers, live
from adms.core.errors import NotFound
from adms.core.models import User
from adms.core.services import authority
from network.live import GridFeed


class Grid(consumers.Listener):
    """/ws/grid/?model=KEY: numbered differences of what the map shows."""

    def feed(self) -> live.Feed | None:
        """The feed of the model asked for, for those who may see the network."""
        actor = authority.actor_for(cast("User", self.scope["user"]), way="browser")
        model = parse_qs(self.scope["query_string"].decode()).get("model", [""])[0]
        if not actor.may("see_network"):
            return None
        try:
            return GridFeed.of(model)
        except NotFound:
            return None
