"""What codes of end device events say, in words (names of IEC 61968-9, as far as they are public)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from metering.domain import device_codes

_DOMAINS = {
    1: _("communication"),
    2: _("battery"),
    7: _("configuration"),
    8: _("demand"),
    11: _("firmware"),
    device_codes.SECURITY: _("security"),
    15: _("load control"),
    16: _("load profile"),
    18: _("memory"),
    20: _("billing"),
    21: _("metrology"),
    23: _("network"),
    26: _("power"),
    31: _("disconnect switch"),
    35: _("temperature"),
    36: _("clock"),
}
_PARTS = {
    1: _("access"),
    4: _("frequency"),
    6: _("current"),
    24: _("password"),
    25: _("phase"),
    27: _("power factor"),
    28: _("power quality"),
    29: _("cover"),
    38: _("voltage"),
    48: _("flow"),
    52: _("head-end"),
    65: _("login"),
    66: _("magnet"),
    78: _("phase sequence"),
    87: _("readings"),
    89: _("register"),
    93: _("rotation"),
    116: _("time synchronisation"),
    128: _("door"),
    131: _("voltage of phase A"),
    132: _("voltage of phase B"),
    133: _("voltage of phase C"),
    136: _("radio"),
    137: _("neutral current"),
    139: _("supply limit"),
    141: _("enclosure"),
    261: _("threshold"),
}
_ACTIONS = {
    4: _("activated"),
    16: _("closed"),
    24: _("changed"),
    37: _("normal"),
    38: _("not authorised"),
    39: _("opened"),
    40: _("out of range"),
    42: _("connected"),
    47: _("lost"),
    49: _("established again"),
    58: _("succeeded"),
    59: _("ended"),
    67: _("could not be connected"),
    68: _("disconnected"),
    71: _("no longer distorted"),
    69: _("distorted"),
    73: _("below its limit again"),
    74: _("cleared"),
    75: _("balanced again"),
    79: _("error"),
    84: _("could not be disconnected"),
    85: _("failed"),
    93: _("at its limit"),
    98: _("unbalanced"),
    139: _("exceeded"),
    150: _("at its lower limit"),
    160: _("not found"),
    212: _("removed"),
    215: _("reset"),
    216: _("restored"),
    219: _("reversed"),
    223: _("sag began"),
    224: _("sag ended"),
    242: _("began"),
    243: _("ended"),
    248: _("swell began"),
    249: _("swell ended"),
    257: _("tampered with"),
    263: _("tilted"),
    279: _("error cleared"),
    291: _("no longer tampered with"),
}


def words(code: str) -> str:
    """What it says, e.g. "security, cover: opened"; numbers stand for what is not known here."""
    domain_, part, action = device_codes.fields(code)
    where = [str(_DOMAINS.get(domain_, domain_))]
    if part:
        where.append(str(_PARTS.get(part, part)))
    return f"{', '.join(where)}: {_ACTIONS.get(action, action)}"
