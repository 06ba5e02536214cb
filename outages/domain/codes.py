"""Cause codes of an outage report, after the categories of IEEE 1782; labels are for people, codes are stored.

>>> CAUSES["tree"]
'Tree'
"""

from network.domain.phrases import gettext_noop

CAUSES = {
    "equipment": gettext_noop("Equipment failure"),
    "tree": gettext_noop("Tree"),
    "animal": gettext_noop("Animal"),
    "lightning": gettext_noop("Lightning"),
    "weather": gettext_noop("Weather other than lightning"),
    "public": gettext_noop("Public, vehicle or digging"),
    "overload": gettext_noop("Overload"),
    "planned": gettext_noop("Planned work"),
    "operation": gettext_noop("Switching"),
    "customer": gettext_noop("Customer's installation"),
    "upstream": gettext_noop("Loss of upstream supply"),
    "other": gettext_noop("Other"),
    "unknown": gettext_noop("Unknown"),
}
#: `UnplannedOutage.causeKind` of CIM17 by our code (its spelling of lightning is the standard's).
CIM_CAUSE_KIND = {"animal": "animal", "lightning": "lightingStrike", "tree": "treeDown"}
