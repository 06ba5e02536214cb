"""A browser, and the stage it looks at. No page may ask another host for anything, and none may leave an error in its console."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
STAGE_SEGMENTS = 12000
GIVEN_UP = re.compile("htmx:(sendAbort|afterRequest),")


class Stage:
    """The running stage and what a test may do to its world."""

    def __init__(self, url: str) -> None:
        self.url = url

    def do(self, what: str, **options: object) -> dict[str, object]:
        request = urllib.request.Request(f"{self.url}/stage/{what}/", json.dumps(options).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    @property
    def spots(self) -> dict[str, int]:
        return self.do("look")["spots"]  # type: ignore[return-value]


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    """The one Chromium of the run: two of Playwright's loops do not go together in a thread."""
    return chromium


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.browser.stage",
        "--port",
        str(port),
        "--segments",
        str(STAGE_SEGMENTS),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    running = Stage(f"http://127.0.0.1:{port}")
    for _ in range(150):
        time.sleep(0.1)
        with contextlib.suppress(OSError):
            running.do("look")
            break
    yield running
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(params=["night"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def is_wrong(message: ConsoleMessage) -> bool:
    """An error of the page; not what htmx says of a request given up because the page was left."""
    return message.type == "error" and not GIVEN_UP.match(message.text)


@pytest.fixture
def page(browser: Browser, stage: Stage, theme: str) -> Iterator[Page]:
    """A page of 1440 x 900 that fails its test when it errs or asks another host."""
    scheme = "dark" if theme == "night" else "light"
    context = browser.new_context(base_url=stage.url, viewport={"width": 1440, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(8000)
    wrong: list[str] = []

    def guard(route) -> None:
        if route.request.url.startswith(stage.url):
            route.continue_()
        else:
            wrong.append(f"asked {route.request.url}")
            route.abort()

    opened = context.new_page()
    opened.route("**/*", guard)
    opened.on("pageerror", lambda error: wrong.append(f"error {error}"))
    opened.on("console", lambda message: wrong.append(f"console {message.text}") if is_wrong(message) else None)
    opened.wrong = wrong  # type: ignore[attr-defined]
    yield opened
    context.close()
    assert not wrong


def wait_for_map(page: Page) -> None:
    """Until the map shows its network and the page is live."""
    page.wait_for_selector(".map[data-ready]")
    page.wait_for_selector("body[data-ws=open]")


def report(page: Page) -> dict[str, object]:
    """What the map says of itself."""
    return dict(page.evaluate("document.querySelector('[data-network-map]').networkMap.report()"))


def wait_report(page: Page, condition: str, timeout: int = 5000) -> None:
    """Until the map's report `r` fulfils a condition written in JavaScript (polled: the pages forbid eval)."""
    question = f"(() => {{ const r = document.querySelector('[data-network-map]').networkMap.report(); return [!!({condition}), r]; }})()"
    deadline = time.monotonic() + timeout / 1000
    while True:
        fulfilled, found = page.evaluate(question)
        if fulfilled:
            return
        assert time.monotonic() < deadline, f"not within {timeout} ms: {condition} in {found}"
        page.wait_for_timeout(40)
