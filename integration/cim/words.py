"""The words of a message by which a person looks for it: names, ids, codes, remarks; taken from its bytes, be it well-formed or not.

No parser: what could not be parsed is looked for as well. Times are left out, there are too many of them and nobody knows one. What
stands in Compressed is base64 to us here, so it is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import unescape

MOST = 2_000
LONGEST = 100
_MARKUP = re.compile(r"<[^<>]*>")
_VALUES = re.compile(r"(?<!\S)(?!xmlns)[\w:.-]+\s*=\s*[\"']([^\"'<>]*)[\"']")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:t\d\d:\d\d.*)?")
_BETWEEN = re.compile(r"[\s,;|]+")
_PARTS = re.compile(r"[:/=()]+")
_EDGES = " .:!?\"'()[]{}"


def of(data: bytes, more: Iterable[str] = ()) -> list[str]:
    """The words of a message, in small letters, each once, MOST at most; `more` is what else is known of it and comes first."""
    found: dict[str, None] = {}
    for text in (*more, *_texts(data.decode("utf-8", "replace"))):
        for word in split(text):
            found.setdefault(word)
        if len(found) >= MOST:
            break
    return list(found)[:MOST]


def split(text: str) -> Iterator[str]:
    """The words of a text; of those with a sign between, such as outage:12, their parts as well."""
    for one in _BETWEEN.split(text.replace("\0", "").casefold()):
        word = one.strip(_EDGES)
        if not word or len(word) > LONGEST or _MOMENT.fullmatch(word):
            continue
        yield word
        parts = _PARTS.split(word)
        if len(parts) > 1 and "//" not in word:
            yield from filter(None, (part.strip(_EDGES) for part in parts))


def _texts(text: str) -> Iterator[str]:
    """What stands between the tags, and the values in them."""
    at = 0
    for markup in _MARKUP.finditer(text):
        yield unescape(text[at : markup.start()])
        at = markup.end()
        for value in _VALUES.finditer(markup[0]):
            yield unescape(value[1])
    yield unescape(text[at:])


def query(text: str) -> str:
    """A tsquery of words that begin so, all of them; empty where there is nothing to look for."""
    words = [one for part in _BETWEEN.split(text.replace("\0", "").casefold()) if (one := part.strip(_EDGES))]
    return " & ".join(f"'{_quoted(one[:LONGEST])}':*" for one in words)


def _quoted(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "''")
