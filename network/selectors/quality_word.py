"""What the quality of a position or a value is called."""

from django.utils.translation import gettext_lazy as _

_WORDS = {
    "good": _("good"),
    "suspect": _("suspect"),
    "manual": _("manually replaced"),
    "stale": _("stale"),
    "failed": _("failed"),
    "unknown": _("unknown"),
}


def quality_word(code: str) -> str:
    """In the reader's language; what is no quality of ours as it is.

    >>> quality_word("invalid")
    'invalid'
    """
    return str(_WORDS.get(code, code))
