"""Units of a set of files, turned into V, kW and m once, here.

CGMES profiles write kV, MW and km; GridAPPS-D and OpenDSS exports write V, W and m. A file with a model header (FullModel with a
profile) is CGMES unless its voltages cannot be kilovolts; a file without one is SI unless its voltages cannot be volts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from integration.cim.models.store import Record, Store

_HIGHEST_KV = 1_500  # no network has more
_LOWEST_V = 100  # no network has less
_LONGEST_KM = 1_000.0  # of any line
_LEAST_OHM_PER_KM = 0.003  # of any conductor, resistance and reactance together


@dataclass(slots=True, frozen=True)
class Units:
    """What to multiply by."""

    volt: float
    kilowatt: float
    metre: float
    is_cgmes: bool
    is_milli: bool = False  # lengths in m and impedances in milliohm: the same ohm per km as km and ohm

    def volts(self, record: Record, name: str) -> float:
        """A voltage property in V, 0 where it is not said."""
        return (record.number(name) or 0.0) * self.volt

    def kilowatts(self, record: Record, *names: str) -> float:
        """The first of these power properties that is said, in kW, kvar or kVA."""
        for name in names:
            value = record.number(name)
            if value is not None:
                return value * self.kilowatt
        return 0.0


CGMES = Units(1000.0, 1000.0, 1000.0, is_cgmes=True)
SI = Units(1.0, 0.001, 1.0, is_cgmes=False)


def units_of(store: Store) -> Units:
    """Decide, and say so as a finding."""
    has_header = any("Model.profile" in record.text for _, record in store.of_class("FullModel"))
    levels = [record.number("BaseVoltage.nominalVoltage") or 0.0 for _, record in store.of_class("BaseVoltage")]
    highest = max(levels, default=0.0)
    is_cgmes = highest <= _HIGHEST_KV if has_header else 0 < highest < _LOWEST_V
    text = "values are taken as kV, MW and km" if is_cgmes else "values are taken as V, W and m"
    why = "model header with a profile" if has_header else "no model header"
    store.findings.add("info", "units", f"{text} ({why}, highest base voltage {highest:g})")
    if not is_cgmes:
        return SI
    return replace(CGMES, is_milli=_has_impossible_line(store))


def _has_impossible_line(store: Store) -> bool:
    """Whether a line is longer than any, were its length in km; said as a finding, for it changes what all of them mean."""
    for _, record in store.of_class("ACLineSegment"):
        length = record.number("Conductor.length") or 0.0
        if length > _LONGEST_KM and _ohm(record) / length >= _LEAST_OHM_PER_KM:
            text = f"length {length:g} cannot be km: lengths are taken as m and impedances as milliohm where those fit together"
            store.find("warning", "milliohm", text, record)
            return True
    return False


def length_in_metres(store: Store, record: Record, units: Units) -> float | None:
    """Conductor.length. A CGMES length that would make the line a superconductor was written in metres."""
    length = record.number("Conductor.length")
    if length is None:
        return None
    if length < 0:
        store.find("error", "negative_length", f"Conductor.length is {length:g}", record)
        return None
    metres = metres_of(record, units)
    if metres != length * units.metre and ohm_factor(record, units) == 1.0:
        text = f"length {length:g} taken as m: as km it has {_ohm(record) / length:.1g} ohm/km"
        store.find("info", "length_in_metres", text, record)
    return metres


def metres_of(record: Record, units: Units) -> float:
    """The same without a word about it; 0 where it is not said or negative."""
    length = max(record.number("Conductor.length") or 0.0, 0.0)
    if units.is_cgmes and length and (units.is_milli or 0 < _ohm(record) / length < _LEAST_OHM_PER_KM):
        return length
    return length * units.metre


def ohm_factor(record: Record, units: Units) -> float:
    """What makes ohms of the total impedance of a line: 0.001 where lengths are m and this line's impedance is milliohm."""
    length = record.number("Conductor.length") or 0.0
    is_milli = units.is_milli and length > 0 and _ohm(record) / length >= _LEAST_OHM_PER_KM
    return 0.001 if is_milli else 1.0


def _ohm(record: Record) -> float:
    return abs(record.number("ACLineSegment.r") or 0.0) + abs(record.number("ACLineSegment.x") or 0.0)
