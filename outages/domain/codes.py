"""Cause codes of an outage report, after the categories of IEEE 1782; labels are for people, codes are stored.

>>> CAUSES["tree"]
'Tree'
"""

CAUSES = {
    "equipment": "Equipment failure",
    "tree": "Tree",
    "animal": "Animal",
    "lightning": "Lightning",
    "weather": "Weather other than lightning",
    "public": "Public, vehicle or digging",
    "overload": "Overload",
    "planned": "Planned work",
    "operation": "Switching",
    "customer": "Customer's installation",
    "upstream": "Loss of upstream supply",
    "other": "Other",
    "unknown": "Unknown",
}
#: `UnplannedOutage.causeKind` of CIM17 by our code (its spelling of lightning is the standard's).
CIM_CAUSE_KIND = {"animal": "animal", "lightning": "lightingStrike", "tree": "treeDown"}
