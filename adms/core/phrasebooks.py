"""Words of what is kept as a code with parameters (JSON), in the reader's language."""

import re
from collections.abc import Mapping
from typing import Any

from adms.core.templatetags.tieline import number


class Phrasebook:
    """Texts by code.

    Args:
        texts: by code a (lazy) text with named places; where there are words for one and for many, the pair of them with the
            parameter that counts.
        places: digits behind the point of a parameter, by its name; others have none.
    """

    def __init__(self, texts: Mapping[str, Any], places: Mapping[str, int] | None = None) -> None:
        self._texts = texts
        self._places = places or {}

    def said(self, told: dict[str, Any] | str | None) -> str:
        """The words of a phrase; what is words already as it is.

        >>> book = Phrasebook({"limit": "%(name)s: %(pu)s pu"}, {"pu": 3})
        >>> book.said({"code": "limit", "name": "F 7", "pu": 0.93}), book.said("as it was written"), book.said(None)
        ('F 7: 0.930 pu', 'as it was written', '')
        """
        if not told:
            return ""
        if isinstance(told, str):
            return told
        code = self.code_of(told)
        text = self._texts.get(code)
        if text is None:  # of another version of the program
            return code
        shown: dict[str, Any] = {name: self._shown(name, value) for name, value in told.items() if name != "code"}
        if isinstance(text, tuple):
            text, counts = text
            shown["n"] = int(told[counts])
        return str(text % shown)

    def code_of(self, told: dict[str, Any]) -> str:
        """The code whose text is taken."""
        return str(told["code"])

    def codes(self) -> frozenset[str]:
        """Every code that has words."""
        return frozenset(self._texts)

    def parameters(self, code: str) -> frozenset[str]:
        """What the words of a code take."""
        text = self._texts[code]
        words = str(text[0] % _Names({"n": 2}) if isinstance(text, tuple) else text)
        return frozenset(re.findall(r"%\((\w+)\)s", words))

    def _shown(self, name: str, value: Any) -> str:
        """A parameter as it stands in a sentence."""
        if isinstance(value, list):
            return ", ".join(self._shown(name, one) for one in value)
        if isinstance(value, dict):
            return self.said(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return number(value, self._places.get(name, 0))
        return str(value)


class _Names(dict[str, Any]):
    """Each parameter as its own place."""

    def __missing__(self, name: str) -> str:
        return f"%({name})s"
