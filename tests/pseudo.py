"""A language that marks every text that goes through gettext: what is left without a mark on a page is told by no translator.

    with pseudo.language():
        unmarked(page)

No catalogue and no tool are needed; `manage.py makemessages` has a test of its own.
"""

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"
_MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-key-label", "data-confirm")
_SILENT = ("script", "style", "kbd", "code", "pre")


class _Marks(gettext.NullTranslations):
    """Every message in brackets; dates and numbers stay as they are."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}{CLOSE}" if message else ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def to_language(self) -> str:
        return "en-xa"

    def language(self) -> str:
        return "en-xa"


@contextmanager
def language() -> Iterator[None]:
    """Marks until the end of the block, in this thread."""
    before = getattr(trans_real._active, "value", None)
    trans_real._active.value = _Marks()
    try:
        yield
    finally:
        if before is None:
            del trans_real._active.value
        else:
            trans_real._active.value = before


class _Texts(HTMLParser):
    """Visible texts of a page, and those that are read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self.found += [value for name, value in attrs if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def unmarked(html: str) -> list[str]:
    """Texts with a word of three letters or more outside of every mark, white space folded.

    >>> unmarked('<p title="⟦Why⟧">⟦%s of⟧ <b>customers</b> 12 kW</p>')
    ['customers']
    """
    while (shorter := _MARKED.sub("", html)) != html:
        html = shorter
    parser = _Texts()
    parser.feed(html)
    folded = (" ".join(text.split()) for text in parser.found)
    return [text for text in folded if re.search(r"[A-Za-z]{3}", text)]
