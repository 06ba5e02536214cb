"""What a piece of equipment is called, in the reader's language."""

from django.utils.translation import gettext

from network.domain import class_words


def class_word(cim_class: str) -> str:
    """The word for a CIM class.

    >>> class_word("ACLineSegment")
    'Line'
    """
    return gettext(class_words.word(cim_class))
