"""The people of storm.py: browsers that follow the websocket and fetch what the page's script would fetch; a walk through pages.

    python -m benchmarks._storm_people < job.json > told.json

Each browser has one page open (control room, list of outages, dispatch board) with its websocket; on a frame it fetches the parts of
that page that follow the topics that changed, read from the page itself as htmx would, at the pace of static/js/live.js. Or, where the
job says so, it is one more person who opens whole pages, one after the other: in a process of their own, so that what they wait for is
not the work of the others.
"""

from __future__ import annotations

import asyncio
import functools
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

from benchmarks._storm_http import Line

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
        found = _parts(self.page, told)
        self.topics.update({path: topics for path, topics, _ in found})
        return [path for path, _, is_at_once in found if is_at_once]


@functools.lru_cache(maxsize=200)
def _parts(page: str, told: str) -> list[tuple[str, frozenset[str], bool]]:
    """Parts that follow topics: address, topics, whether it is wanted at once. Many browsers get the same text."""
    parts = []
    for tag in _TAG.findall(told):
        found = dict(_ATTRIBUTE.findall(tag))
        path = urljoin(page, html.unescape(found["get"])).lstrip("/")
        triggers = found.get("trigger", "").split(", ")
        topics = frozenset(one.split(":")[1].split(" ")[0] for one in triggers if one.startswith("tieline:"))
        if topics & TOPICS:
            parts.append((path, topics, "load" in triggers))
    return parts


class People:
    """Everybody, in one event loop."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.times: dict[str, list[float]] = {}
        self.began: dict[str, list[float]] = {}  # the machine's monotonic clock, beside each time
        self.frames = self.closed = self.open = 0
        self.errors: list[str] = []

    async def sign_in(self) -> str:
        """As the super-operator of the benchmark, in a session of its own; its Cookie header."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            await client.get("login/")
            form = {
                "username": "storm",
                "password": "a stormy night out",
                "csrfmiddlewaretoken": client.cookies["csrftoken"],
            }
            answer = await client.post("login/", data=form, headers={"Referer": self.url})
            if answer.status_code != 302:
                raise RuntimeError(f"signing in: {answer.status_code}")
            return "; ".join(f"{name}={value}" for name, value in client.cookies.items())

    async def fetch(self, line: Line, path: str, *, fragment: bool) -> str:
        """One request, timed; what was answered, empty where that is an error."""
        began = time.monotonic()
        try:
            status, told = await line.get(path, "HX-Request: true\r\n" if fragment else "")
        except OSError as error:  # a time-out is one
            self.errors.append(type(error).__name__)
            return ""
        if status >= 400:
            self.errors.append(f"{status} {path}")
        name = ("fragment " if fragment else "") + "/" + path.partition("?")[0]
        self.times.setdefault(name, []).append(time.monotonic() - began)
        self.began.setdefault(name, []).append(began)
        return told if status == 200 else ""

    async def browse(self, cookie: str, page: str) -> None:
        """One open page, for ever."""
        address = self.url.replace("http", "ws") + "ws/ui/"
        headers = {"Cookie": cookie, "Origin": self.url.rstrip("/")}
        line, parts = Line(self.url, cookie), Parts(page)
        parts.read(await self.fetch(line, page, fragment=False))
        due: set[str] = set()
        spread = [0.0]
        wake = asyncio.Event()
        fetching = asyncio.create_task(self._refetch(line, parts, due, wake, spread))
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

    async def _refetch(self, line: Line, parts: Parts, due: set[str], wake: asyncio.Event, spread: list[float]) -> None:
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
                asked += [one for one in parts.read(await self.fetch(line, path, fragment=True)) if one not in asked]

    async def walk(self, cookie: str) -> None:
        """Somebody who opens pages."""
        line = Line(self.url, cookie)
        while True:
            for path in WALK:
                await self.fetch(line, path, fragment=False)
                await asyncio.sleep(0.5)


async def play(job: dict[str, Any]) -> dict[str, Any]:
    """Until a line comes on standard input."""
    people = People(job["url"])
    cookies = [await people.sign_in() for _ in range(job["browsers"] + job["walks"])]
    print(json.dumps({"signed_in": len(cookies)}), flush=True)
    tasks = [asyncio.create_task(people.walk(cookies.pop()))] if job["walks"] else []
    tasks += [asyncio.create_task(people.browse(one, PAGES[n % len(PAGES)])) for n, one in enumerate(cookies)]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    for task in tasks:
        task.cancel()
    return {
        "times": people.times, "began": people.began, "frames": people.frames, "open": people.open, "closed": people.closed,
        "errors": people.errors, "cpu_s": time.process_time(),
    }  # fmt: skip


def jobs(url: str, browsers: int) -> list[dict[str, Any]]:
    """The jobs of two processes: so many browsers, and who walks through pages."""
    return [{"url": url, "browsers": browsers, "walks": False}, {"url": url, "browsers": 0, "walks": True}]


def together(told: list[dict[str, Any]]) -> dict[str, Any]:
    """What both said, as of one."""
    crowd, walker = told
    names = [*crowd["times"], *(name for name in walker["times"] if name not in crowd["times"])]
    lists = {
        key: {name: crowd[key].get(name, []) + walker[key].get(name, []) for name in names}
        for key in ("times", "began")
    }
    return {**crowd, **lists, **{key: crowd[key] + walker[key] for key in ("errors", "cpu_s")}}


def main() -> None:
    """Play the job of the first line of standard input."""
    print(json.dumps(asyncio.run(play(json.loads(sys.stdin.readline())))), flush=True)


if __name__ == "__main__":
    main()
