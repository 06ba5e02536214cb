"""Real servers for the tests: a PostgreSQL and a Redis of their own, started by the first test that connects.

The environment is set before the settings are read, which is why pyproject.toml does not name the settings for pytest.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import leftovers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.live import LiveSystem

VAR_DIR = leftovers.folder()

os.environ["DJANGO_SETTINGS_MODULE"] = "adms.settings"
os.environ["VAR_DIR"] = str(VAR_DIR)
# Playwright keeps an event loop in the main thread once a browser was opened; the tests after it use the ORM there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["LOCK_ORDER_IS_CHECKED"] = "true"
os.environ["SERVERS_MIGRATE"] = "0"  # pytest-django makes and migrates the test database itself
os.environ.setdefault("LOG_LEVEL", "WARNING")
for name in ("PRODUCTION", "DEBUG", "DATABASE_POOL", "DATABASE_NAME", "SECRET_KEY"):
    os.environ.pop(name, None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Load the settings now that the environment is ours; tests must never touch the data of `make run`."""
    import django
    from django.conf import settings

    django.setup()
    import hypothesis

    # How fast a machine is proves nothing, and what a run checks must not depend on luck; HYPOTHESIS=explore looks for new examples.
    hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
    hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS", "steady"))
    if settings.VAR_DIR != VAR_DIR:
        pytest.exit("the settings were read before tests/conftest.py: unset DJANGO_SETTINGS_MODULE", returncode=4)
    signal.signal(signal.SIGTERM, end)


def end(_number: int, _frame: object) -> None:
    """Told to stop, as by a time-out: end like Ctrl-C does, so that the servers are stopped."""
    raise KeyboardInterrupt


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the servers after the last test, and only then remove what they stood on; the same for killed runs."""
    from adms import servers

    servers.release()
    shutil.rmtree(VAR_DIR, ignore_errors=True)
    leftovers.clear()


@pytest.fixture(scope="module")
def live_system(request: pytest.FixtureRequest) -> "Iterator[LiveSystem]":
    """The whole system as real processes, one for the tests of a module (tests/live.py says what it can)."""
    from tests.live import LiveSystem

    system = LiveSystem(database=f"live_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**6}")
    try:
        yield system.start()
    finally:
        system.stop()


CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """A headless Chromium; a test opens its own contexts, one per person at a screen."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import find

    program = find()
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium, or .venv/bin/playwright install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
