"""Modes of FLISR: the one of the system, of the area and of the feeder; the lower applies.

    disabled < shadow < restore_only < manual < automatic

Shadow plans and scores, and touches nothing. Restore only leaves holding the fault off to people. Manual offers a plan, which a person
carries out. Automatic carries it out, one plan per feeder until a person acknowledges it.

>>> effective("automatic", "", "shadow")
'shadow'
>>> effective("", "", "")
'disabled'
"""

DISABLED, SHADOW, RESTORE_ONLY, MANUAL, AUTOMATIC = MODES = (
    "disabled",
    "shadow",
    "restore_only",
    "manual",
    "automatic",
)
SYSTEM, AREA, FEEDER = SCOPES = ("system", "area", "feeder")
#: What holds where nobody has set anything: the system plans in the shadow, areas and feeders do not hold it back.
DEFAULTS = {SYSTEM: SHADOW, AREA: AUTOMATIC, FEEDER: AUTOMATIC}


def effective(*modes: str) -> str:
    """The lowest of the modes that are set; nothing set is disabled.

    >>> effective("manual", "automatic")
    'manual'
    """
    known = [MODES.index(one) for one in modes if one]
    return MODES[min(known)] if known else DISABLED


def feeder_key(model: str, head_mrid: str) -> str:
    """How a feeder is named in a mode: by its model and the mRID of its head."""
    return f"{model}/{head_mrid}"
