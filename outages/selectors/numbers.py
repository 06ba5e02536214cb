"""Rows by how their number begins, through the index of the number: comparing numbers as text would read the whole table."""

from django.db.models import Q

#: Digits of the longest number looked for.
LONGEST = 9


def begins_with(digits: str) -> Q:
    """A condition on `pk`; one that nothing fulfils where the digits are no beginning of a number.

    >>> begins_with("2291")  # doctest: +ELLIPSIS
    <Q: (OR: ('pk__range', (2291, 2291)), ('pk__range', (22910, 22919)), ...)>
    """
    if not digits.isdecimal() or digits.startswith("0") or len(digits) > LONGEST:
        return Q(pk__in=())
    fits, number = Q(), int(digits)
    for more in range(LONGEST - len(digits) + 1):
        first = number * 10**more
        fits |= Q(pk__range=(first, first + 10**more - 1))
    return fits
