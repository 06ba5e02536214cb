"""The people of storm.py: browsers that follow the websocket and fetch what the page's script would fetch; a walk through pages.

    python -m benchmarks._storm_people < job.json > told.json

Each browser has one page open (control room, list of outages, dispatch board) with its websocket; on a frame it fetches the
fragments of the topics that changed, at the pace of static/js/live.js. One more person opens whole pages, one after the other.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from typing import Any

import httpx
import websockets

#: What each page fetches on a topic, as its templates say.
PAGES = {
    "control room": {
        "outages/side/": {"outages", "crews"},
        "outages/kpis/": {"kpi", "outages"},
        "outages/intake/": {"calls", "outages"},
    },
    "outages": {"outages/": {"outages", "crews"}, "outages/kpis/": {"kpi", "outages"}},
    "dispatch": {
        "dispatch/outages/": {"outages", "crews"},
        "dispatch/lanes/": {"crews"},
        "outages/kpis/": {"kpi", "outages"},
    },
}
WALK = ("", "outages/", "dispatch/", "storm/", "calls/", "healthz")
PAUSE_S, SAVED, GROWS_S = 0.25, 8.0, 5.0


class People:
    """Everybody, in one event loop."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.times: dict[str, list[float]] = {}
        self.began: dict[str, list[float]] = {}  # the machine's monotonic clock, beside each time
        self.frames = self.closed = self.open = 0
        self.errors: list[str] = []
        self.client = httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=100))

    async def sign_in(self) -> None:
        """As the super-operator of the benchmark."""
        await self.client.get("login/")
        form = {
            "username": "storm",
            "password": "a stormy night out",
            "csrfmiddlewaretoken": self.client.cookies["csrftoken"],
        }
        answer = await self.client.post("login/", data=form, headers={"Referer": self.url})
        if answer.status_code != 302:
            raise RuntimeError(f"signing in: {answer.status_code}")

    async def fetch(self, path: str, *, fragment: bool) -> None:
        """One request, timed."""
        began = time.monotonic()
        try:
            answer = await self.client.get(path, headers={"HX-Request": "true"} if fragment else {})
        except httpx.HTTPError as error:
            self.errors.append(type(error).__name__)
            return
        if answer.status_code == 404:
            return
        if answer.status_code >= 400:
            self.errors.append(f"{answer.status_code} {path}")
        name = ("fragment " if fragment else "") + "/" + path
        self.times.setdefault(name, []).append(time.monotonic() - began)
        self.began.setdefault(name, []).append(began)

    async def browse(self, page: str) -> None:
        """One open page, for ever."""
        address = self.url.replace("http", "ws") + "ws/ui/"
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        headers = {"Cookie": cookies, "Origin": self.url.rstrip("/")}
        due: set[str] = set()
        spread = [0.0]
        wake = asyncio.Event()
        fetching = asyncio.create_task(self._refetch(page, due, wake, spread))
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

    async def _refetch(self, page: str, due: set[str], wake: asyncio.Event, spread: list[float]) -> None:
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
            for path, on in PAGES[page].items():
                if on & topics:
                    await self.fetch(path, fragment=True)

    async def walk(self) -> None:
        """Somebody who opens pages."""
        while True:
            for path in WALK:
                await self.fetch(path, fragment=False)
                await asyncio.sleep(0.5)


async def play(job: dict[str, Any]) -> dict[str, Any]:
    """Until a line comes on standard input."""
    people = People(job["url"])
    await people.sign_in()
    names = ["control room", "control room", "outages", "control room", "dispatch"]
    tasks = [asyncio.create_task(people.browse(names[n % len(names)])) for n in range(job["browsers"])]
    tasks.append(asyncio.create_task(people.walk()))
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
