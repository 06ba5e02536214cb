"""Swagger UI in a real browser: under our content security policy, without a single request to anybody else."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

from tests.chromium import find

pytestmark = pytest.mark.browser


@pytest.fixture
def address():
    """The pages served by a thread; the documentation needs no database."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@dataclass
class Seen:
    policy: str = ""
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def look(address: str) -> Seen:
    """Open the page and one operation; in a thread of its own, since playwright leaves an event loop behind."""
    from playwright.sync_api import sync_playwright

    seen = Seen()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        page.on("console", lambda told: seen.complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("request", lambda request: seen.requests.append(request.url))
        answer = page.goto(f"{address}/api/docs/")
        wanted = page.get_by_placeholder("Filter by tag")  # of so many operations only those in sight are drawn
        wanted.fill("network", timeout=60_000)
        page.get_by_text("List feeders", exact=True).wait_for(timeout=60_000)
        wanted.fill("operations")
        page.get_by_text("Select a device", exact=True).click()
        page.get_by_text("seen_number").first.wait_for()
        seen.policy = answer.headers["content-security-policy"]
        browser.close()
    return seen


@pytest.mark.skipif(find() is None, reason="there is no Chromium")
def test_the_documentation_is_drawn_under_our_policy_from_our_own_files(address):
    with ThreadPoolExecutor(1) as thread:
        seen = thread.submit(look, address).result()
    assert "script-src 'self';" in seen.policy
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith((address, "data:", "blob:"))] == []
