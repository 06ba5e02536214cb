"""The people of storm.py: browsers that follow the websocket and fetch what the page's script would fetch; a walk through pages.

    python -m benchmarks._storm_people < job.json > told.json

Each browser has one page open (control room, list of outages, dispatch board) with its websocket; on a frame it fetches the parts of
that page that follow the topics that changed, read from the page itself as htmx would, at the pace of static/js/live.js. One more
person opens whole pages, one after the other.
"""

from __future__ import annotations

import asyncio
import html
import json
import random
import re
import sys
import time
from typing import Any
from urllib.parse import urljoin

import httpx
import websockets

PAGES = ("", "", "outages/", "", "dispatch/")
TOPICS = {"outages", "calls", "crews", "devices", "kpi", "alarms", "control", "flisr"}
_TAG = re.compile(r"<[a-z]+\s[^>]*\bhx-get=\"[^>]*>")
_ATTRIBUTE = re.compile(r'hx-(get|trigger)="([^"]*)"')
WALK = ("", "outages/", "dispatch/", "storm/", "calls/", "healthz")
PAUSE_S, SAVED, GROWS_S = 0.25, 8.0, 5.0


class Parts:
    """Which parts of a page follow which topics, as its hx-get and hx-trigger say."""

    def __init__(self, page: str) -> None:
        self.page = "/" + page
        self.topics: dict[str, set[str]] = {}

    def read(self, told: str) -> list[str]:
        """Learn from what was answered; the parts that want to be fetched as soon as they are there."""
        at_once = []
        for tag in _TAG.findall(told):
            found = dict(_ATTRIBUTE.findall(tag))
            path = urljoin(self.page, html.unescape(found["get"])).lstrip("/")
            triggers = found.get("trigger", "").split(", ")
            topics = {one.split(":")[1].split(" ")[0] for one in triggers if one.startswith("tieline:")}
            if topics & TOPICS:
                self.topics[path] = topics
            if "load" in triggers and topics & TOPICS:
                at_once.append(path)
        return at_once


class People:
    """Everybody, in one event loop."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.times: dict[str, list[float]] = {}
        self.began: dict[str, list[float]] = {}  # the machine's monotonic clock, beside each time
        self.frames = self.closed = self.open = 0
        self.errors: list[str] = []
        self.transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=100))

    async def sign_in(self) -> httpx.AsyncClient:
        """As the super-operator of the benchmark, in a session of its own."""
        client = httpx.AsyncClient(base_url=self.url, timeout=60, transport=self.transport)
        await client.get("login/")
        form = {
            "username": "storm",
            "password": "a stormy night out",
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        answer = await client.post("login/", data=form, headers={"Referer": self.url})
        if answer.status_code != 302:
            raise RuntimeError(f"signing in: {answer.status_code}")
        return client

    async def fetch(self, client: httpx.AsyncClient, path: str, *, fragment: bool) -> str:
        """One request, timed; what was answered, empty where that is an error."""
        began = time.monotonic()
        try:
            answer = await client.get(path, headers={"HX-Request": "true"} if fragment else {})
        except httpx.HTTPError as error:
            self.errors.append(type(error).__name__)
            return ""
        if answer.status_code >= 400:
            self.errors.append(f"{answer.status_code} {path}")
        name = ("fragment " if fragment else "") + "/" + path.partition("?")[0]
        self.times.setdefault(name, []).append(time.monotonic() - began)
        self.began.setdefault(name, []).append(began)
        return answer.text if answer.status_code == 200 else ""

    async def browse(self, client: httpx.AsyncClient, page: str) -> None:
        """One open page, for ever."""
        address = self.url.replace("http", "ws") + "ws/ui/"
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {"Cookie": cookies, "Origin": self.url.rstrip("/")}
        parts = Parts(page)
        parts.read(await self.fetch(client, page, fragment=False))
        due: set[str] = set()
        spread = [0.0]
        wake = asyncio.Event()
        fetching = asyncio.create_task(self._refetch(client, parts, due, wake, spread))
        while True:
            try:
                async with websockets.connect(address, additional_headers=headers, open_timeout=60) as socket:
                    self.open += 1
                    async for text in socket:
                        self.frames += 1
                        frame = json.loads(text)
                        if frame["type"] == "changed":
                            due.update(frame["topics"])
                            spread[0] = frame.get("spread_s", 0.0)
                            wake.set()
            except (OSError, websockets.WebSocketException):
                self.closed += 1
                await asyncio.sleep(1)
        await fetching

    async def _refetch(
        self, client: httpx.AsyncClient, parts: Parts, due: set[str], wake: asyncio.Event, spread: list[float]
    ) -> None:
        """The pace of live.js: some changes at once, those of a flood every few seconds."""
        saved, counted = SAVED, time.monotonic()
        while True:
            await wake.wait()
            now = time.monotonic()
            saved = min(SAVED, saved + (now - counted) / GROWS_S)
            counted = now
            pause = max(PAUSE_S, (1 - saved) * GROWS_S if saved < 1 else 0.0, random.random() * spread[0])
            saved -= 1
            await asyncio.sleep(pause)
            topics = set(due)
            due.clear()
            wake.clear()
            asked = [path for path, on in parts.topics.items() if on & topics]
            while asked:
                path = asked.pop(0)
                asked += [one for one in parts.read(await self.fetch(client, path, fragment=True)) if one not in asked]

    async def walk(self, client: httpx.AsyncClient) -> None:
        """Somebody who opens pages."""
        while True:
            for path in WALK:
                await self.fetch(client, path, fragment=False)
                await asyncio.sleep(0.5)


async def play(job: dict[str, Any]) -> dict[str, Any]:
    """Until a line comes on standard input."""
    people = People(job["url"])
    clients = [await people.sign_in() for _ in range(job["browsers"] + 1)]
    print(json.dumps({"signed_in": len(clients)}), flush=True)
    tasks = [asyncio.create_task(people.walk(clients.pop()))]
    tasks += [asyncio.create_task(people.browse(one, PAGES[n % len(PAGES)])) for n, one in enumerate(clients)]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    for task in tasks:
        task.cancel()
    return {
        "times": people.times, "began": people.began, "frames": people.frames, "open": people.open, "closed": people.closed,
        "errors": people.errors, "cpu_s": time.process_time(),
    }  # fmt: skip


def main() -> None:
    """Play the job of the first line of standard input."""
    print(json.dumps(asyncio.run(play(json.loads(sys.stdin.readline())))), flush=True)


if __name__ == "__main__":
    main()
