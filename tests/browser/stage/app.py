"""ASGI of the stage. Tests steer it by POST /stage/... (see urls): switch, silence, break, flood."""

import asyncio
import contextlib
import json
import struct
import time

import django
from django.core.asgi import get_asgi_application

django.setup()
http = get_asgi_application()

from tests.browser.stage import world  # noqa: E402 - Django first


async def application(scope, receive, send):
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket":
        await socket(scope, receive, send)


async def socket(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    if world.refuses:
        await send({"type": "websocket.close", "code": world.refuses})
        return
    queue: asyncio.Queue = asyncio.Queue()
    is_grid = scope["path"].startswith("/ws/grid")
    listeners = world.grid_listeners if is_grid else world.ui_listeners
    me = (asyncio.get_running_loop(), queue)
    listeners.append(me)
    beats = asyncio.create_task(beat(queue, is_grid))
    writer = asyncio.create_task(write(queue, send))
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        listeners.remove(me)
        beats.cancel()
        writer.cancel()


async def beat(queue, is_grid):
    while True:
        if not world.silent:
            if is_grid:
                await queue.put(struct.pack("<B3xIId", 2, world.net.seq, world.net.seq, time.time()))
            else:
                at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                await queue.put(json.dumps({"type": "heartbeat", "seq": {}, "at": at}))
        await asyncio.sleep(2)


async def write(queue, send):
    with contextlib.suppress(RuntimeError):  # the browser left between two frames
        while True:
            frame = await queue.get()
            if frame == "close":
                await send({"type": "websocket.close", "code": 1012})
                return
            await send(
                {"type": "websocket.send", **({"bytes": frame} if isinstance(frame, bytes) else {"text": frame})}
            )
