"""Pictures of every screen, by night, by day and on a phone, of a running demo:

    make run                                   # in one terminal
    python -m tests.screenshots --to pictures  # in another

Each screen of `adms/core/screens.py` is opened by the first demo account that may see it. What a page wrote into its console, and where
it is wider than a phone, is told at the end; exit 1 then. The pictures are for looking at and are kept nowhere.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from playwright.sync_api import Browser, Page, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")
django.setup()

from django.urls import reverse  # noqa: E402 - Django first

from adms.core import screens  # noqa: E402
from adms.core.actors import Actor  # noqa: E402
from adms.core.demo import DEMO_PASSWORD, DEMO_USERS  # noqa: E402
from adms.core.screens import Screen  # noqa: E402
from tests import chromium  # noqa: E402

WAYS = {"night": ("dark", 1440, 900), "day": ("light", 1440, 900), "phone": ("dark", 390, 844)}
#: Long enough for the map to be drawn and for parts that fetch themselves.
SETTLED_MS = 1500


def main() -> int:
    """Take them all; the number of troubles decides."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the running demo")
    parser.add_argument("--to", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", default="", help="screens whose address has this in it")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.find() or ""), args=["--no-sandbox"])
        for way in WAYS:
            for account, shown in by_account(options.only).items():
                with signed_in(browser, options.url, account, way) as page:
                    for one in shown:
                        troubles += [f"{way}: {words}" for words in take(page, one, options.to, way)]
        browser.close()
    for words in troubles:
        sys.stderr.write(f"{words}\n")
    return bool(troubles)


def by_account(only: str) -> dict[str, list[Screen]]:
    """Screens by the account that opens them; those of nobody are left out."""
    found: dict[str, list[Screen]] = {}
    actors = [Actor(name, frozenset({(role, None)})) for name, _, role, _ in DEMO_USERS]
    for one in screens.SCREENS:
        name = next((actor.name for actor in actors if one.is_open_to(actor) and fits(one, actor)), "")
        if name and only in reverse(one.view, args=one.args):
            found.setdefault(name, []).append(one)
    return found


def fits(one: Screen, actor: Actor) -> bool:
    """The page of a crew's work is there for who belongs to a crew."""
    return one.view != "outages:crew_page" or actor.name == "crew"


@contextmanager
def signed_in(browser: Browser, url: str, account: str, way: str) -> Iterator[Page]:
    """A page of somebody."""
    scheme, width, height = WAYS[way]
    context = browser.new_context(
        base_url=url,
        color_scheme=scheme,
        viewport={"width": width, "height": height},  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", account)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    yield page
    context.close()


def take(page: Page, one: Screen, folder: Path, way: str) -> list[str]:
    """One picture; what is wrong with the page, in words."""
    address, said = reverse(one.view, args=one.args), list[str]()
    page.on("pageerror", lambda error: said.append(str(error)))
    answer = page.goto(address)
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=folder / f"{one.view.replace(':', '-')}-{way}.png")
    status = answer.status if answer else 0
    wrong = [f"{address} answered {status}"] if status != 200 else []
    width = page.viewport_size["width"] if page.viewport_size else 0
    wide = int(page.evaluate("document.documentElement.scrollWidth"))
    if wide > width:
        wrong.append(f"{address} is {wide} wide on {width}")
    return wrong + [f"{address}: {words}" for words in said]


if __name__ == "__main__":
    sys.exit(main())
