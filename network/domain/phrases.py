"""What is said of something later, to readers of any language: a code with its parameters, kept as JSON. Edges make words of it.

Parameters are names, numbers, lists of these, and phrases again.
"""

from typing import Any

#: {"code": ..., parameters}; empty where there is nothing to say.
Phrase = dict[str, Any]


def gettext_noop(text: str) -> str:
    """A text as it is, marked for translators by its name; edges look its translation up.

    >>> gettext_noop("Fuse")
    'Fuse'
    """
    return text


def phrase(code: str, **of: Any) -> Phrase:
    """What a code says, of what.

    >>> phrase("picks_up", name="F 7", kw=120.5)
    {'code': 'picks_up', 'name': 'F 7', 'kw': 120.5}
    """
    return {"code": code, **of}


class Complaint(ValueError):
    """A value that cannot be; why is a phrase.

    >>> Complaint("least", least=1).told
    {'code': 'least', 'least': 1}
    """

    def __init__(self, code: str, **of: Any) -> None:
        super().__init__(code)
        self.told = phrase(code, **of)
