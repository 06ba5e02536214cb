"""What a finding of the gate means to those who operate the network, and how it is mended: the "why" beside each class of findings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A class of findings: its heading, why it matters, how to mend it."""

    title: str
    why: str
    mend: str


_REFERENCES = Words(
    "Dangling terminals and references",
    "Something names an object that is in no file, or an end hangs in the air. What lies behind it could be shown as supplied or "
    "dark without being so.",
    "Export the missing profile or object too, or remove the reference in the source system; file and line say where it stands.",
)
_DUPLICATES = Words(
    "Duplicate names or mRIDs",
    "Two objects answer to one name or mRID. An operator, a crew or a message could mean the wrong one.",
    "Give each object an mRID of its own. Names used twice may be accepted if the utility numbers devices per feeder.",
)
_LOOPS = Words(
    "Unintended loops and parallels",
    "With every switch in its normal position the network is meshed or two sources are tied together. Prediction and restoration "
    "expect a radial normal state.",
    "Mark the normally open point (Switch.normalOpen) in the source system, or accept it where the loop is operated on purpose.",
)
_IMPEDANCES = Words(
    "Missing impedance or rating",
    "Without an impedance a line counts as a closed switch, without a rating no overload can be seen: power flow and restoration "
    "checks are blind here.",
    "Complete the conductor or transformer data; lengths must be above zero.",
)
_SHAPES = Words(
    "Equipment that cannot be built",
    "The object lacks ends or terminals, so it cannot be placed in the network.",
    "Look at its terminals and ends in the source system.",
)
_READING = Words(
    "Read with an assumption",
    "The files left something open, and the reader chose. The finding says what it took.",
    "Nothing has to be done if the choice is right.",
)
_SKIPPED = Words(
    "Not used, kept for the way out",
    "The files say more than is operated on. It is stored and exported again unchanged.",
    "Nothing has to be done.",
)

#: The classes in the order of the page, each with the codes it gathers.
CLASSES: tuple[tuple[str, Words, frozenset[str]], ...] = (
    (
        "unreachable",
        Words(
            "Unreachable customers",
            "In the normal state no source reaches these customers: they would be shown as dark from the first minute, and each "
            "call of theirs would look like an outage.",
            "Check normal positions and phases of the switches on the way, and whether a line or a source is missing.",
        ),
        frozenset({"unreachable_customer", "no_source"}),
    ),
    ("loops", _LOOPS, frozenset({"loop", "parallel_sources", "same_node_twice"})),
    (
        "phases",
        Words(
            "Phase conflicts",
            "The object uses a phase that cannot arrive where it stands. Outages of one phase would be told of the wrong customers.",
            "Correct the phases of the object or of the line that feeds it.",
        ),
        frozenset({"phase_conflict", "split_phase"}),
    ),
    (
        "voltages",
        Words(
            "Voltage-level conflicts",
            "Two voltage levels meet without a transformer between them. Either a base voltage is wrong or a transformer is missing.",
            "Correct the BaseVoltage of the equipment or add the transformer.",
        ),
        frozenset({"voltage_conflict"}),
    ),
    (
        "impedances",
        _IMPEDANCES,
        frozenset({"zero_impedance", "missing_impedance", "missing_rating", "negative_length", "not_a_number"}),
    ),
    (
        "terminals",
        _REFERENCES,
        frozenset(
            {
                "dangling_terminal", "dangling_equipment", "dangling_reference", "terminal_without_node",
                "terminal_without_equipment", "undefined_object", "point_nowhere",
            }
        ),
    ),
    ("duplicates", _DUPLICATES, frozenset({"duplicate_name", "duplicate_mrid", "duplicate_id", "mrid_too_long"})),
    (
        "transformers",
        Words(
            "Customers without transformer",
            "Calls and meters are gathered per service transformer. Without one, the supply point itself is the smallest device that "
            "can be predicted.",
            "Add the service transformer, or accept it for customers with a transformer of their own.",
        ),
        frozenset({"customer_without_transformer"}),
    ),
    (
        "normal_open",
        Words(
            "Normally open points lost",
            "The running model has these points normally open, this one has them closed or no longer has them. Feeders that are "
            "operated apart would count as one.",
            "If the network was rebuilt, accept it; otherwise set Switch.normalOpen in the source system and import again.",
        ),
        frozenset({"normal_open_lost"}),
    ),
    ("shapes", _SHAPES, frozenset({"not_two_terminals", "not_one_terminal", "transformer_one_end", "transformer_without_ends"})),
    ("skipped", _SKIPPED, frozenset({"class_skipped", "attributes_skipped"})),
)  # fmt: skip

_CLASS_OF = {code: (key, words) for key, words, codes in CLASSES for code in codes}
OTHER = ("reading", _READING)
ORDER = [key for key, _, _ in CLASSES if key != "skipped"] + ["reading", "skipped"]


def class_of(code: str) -> tuple[str, Words]:
    """The class a finding belongs to.

    >>> class_of("loop")[1].title
    'Unintended loops and parallels'
    >>> class_of("units")[0]
    'reading'
    """
    return _CLASS_OF.get(code, OTHER)
