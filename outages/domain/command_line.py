"""The dispatcher's command line: a letter, perhaps an outage, and a crew.

>>> parse("a 2291 c12")
Command(verb='assign', outage=2291, crew='c12')
>>> parse("E C-12"), parse("x 1"), parse("a 2291")
(Command(verb='en_route', outage=None, crew='c12'), None, None)
"""

from __future__ import annotations

from dataclasses import dataclass

VERBS = {"a": "assign", "e": "en_route", "s": "on_site", "d": "completed", "r": "released"}


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed: `verb` is "assign" or the state a crew reports."""

    verb: str
    outage: int | None
    crew: str


def parse(text: str) -> Command | None:
    """The command, if it is complete."""
    words = text.split()
    verb = VERBS.get(words[0].lower()) if words else None
    if verb is None or len(words) != (3 if verb == "assign" else 2):
        return None
    if verb != "assign":
        return Command(verb, None, plain(words[1]))
    return Command(verb, int(words[1]), plain(words[2])) if words[1].isdecimal() and len(words[1]) < 10 else None


def plain(name: str) -> str:
    """The name of a crew as it is compared: "C-12" and "c12" are one.

    >>> plain("C-12")
    'c12'
    """
    return "".join(letter for letter in name.lower() if letter.isalnum())
