"""Phases as bits of one byte: A=1, B=2, C=4, N=8. The neutral never decides whether somebody has supply.

>>> parse("ABCN"), parse("B"), parse("s12")
(15, 2, 0)
>>> text(5)
'AC'
"""

A, B, C, N = 1, 2, 4, 8
ABC = A | B | C
_LETTERS = {"A": A, "B": B, "C": C, "N": N}


def parse(code: str) -> int:
    """Bits of a CIM PhaseCode or SinglePhaseKind such as "ABCN"; letters other than A, B, C, N (s1, s2, X) count nothing."""
    bits = 0
    for letter in code:
        bits |= _LETTERS.get(letter, 0)
    return bits


def text(bits: int) -> str:
    """The letters of the bits, in order."""
    return "".join(letter for letter, bit in _LETTERS.items() if bits & bit)
