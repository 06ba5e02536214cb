"""Websockets that only listen: who connects is checked, then the hub does the sending."""

import json

from channels.generic.websocket import AsyncWebsocketConsumer

from adms.core import live
from adms.core.feeds import UiFeed

SIGNED_OUT = live.CLOSE_SIGNED_OUT


class Listener(AsyncWebsocketConsumer):
    """A member of the hub. Subclasses choose the feed; nothing is ever commanded over a websocket."""

    member: live.Member | None = None

    async def connect(self) -> None:
        """Accept signed-in people only."""
        user = self.scope["user"]
        await self.accept()
        if user is None or getattr(user, "is_password_first", True) or not user.is_authenticated:
            await self.close(SIGNED_OUT)
            return
        feed = await live.hub().call(self.feed)
        if feed is None:
            await self.close(4404)
            return
        session = self.scope["session"].session_key or ""
        console = (self.scope.get("client") or ("",))[0]
        self.member = live.Member(feed, self.write, self.close, (user.pk, session, console))
        await live.hub().join(self.member)

    def feed(self) -> live.Feed | None:
        """The feed this socket follows; runs where the database may be asked."""
        raise NotImplementedError

    async def write(self, frame: live.Frame) -> None:
        """Send one frame, text or binary."""
        if isinstance(frame, bytes):
            await self.send(bytes_data=frame)
        else:
            await self.send(text_data=frame)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:  # noqa: ARG002
        """What browsers say is ignored, but for a ping."""
        if text_data == "ping":
            await self.send(text_data=json.dumps({"type": "pong"}))

    async def disconnect(self, code: int) -> None:  # noqa: ARG002
        """Leave the hub."""
        if self.member is not None:
            live.hub().leave(self.member)


class Nowhere(AsyncWebsocketConsumer):
    """Any other address: refused at the handshake, which the server answers with 403."""

    async def connect(self) -> None:
        """Nothing is here."""
        await self.close(4404)


class Ui(Listener):
    """/ws/ui/: which topics changed, by area number."""

    def feed(self) -> live.Feed | None:
        """One feed for all."""
        return UiFeed.shared()
