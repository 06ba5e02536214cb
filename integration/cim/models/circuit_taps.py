"""Tap changers of transformer ends and the controls that move them."""

from __future__ import annotations

from integration.cim.models.circuit_parts import Parts, conductors
from integration.cim.models.store import Record
from network.domain.physics.circuit import TapChanger, TapControl

_CONTROLS = ("TapChangerControl", "RegulatingControl")
_MULTIPLIERS = {"k": 1e3, "M": 1e6, "none": 1.0, "m": 1e-3}


class Taps:
    """RatioTapChanger by the key of its transformer end."""

    def __init__(self, parts: Parts) -> None:
        """Index once."""
        self._parts = parts
        self._of_end = {
            record.refs.get("RatioTapChanger.TransformerEnd", ""): record
            for _, record in parts.build.store.of_class("RatioTapChanger")
        }

    def of_end(self, end_key: str, node: str) -> TapChanger | None:
        """The tap changer on an end at this node."""
        record = self._of_end.get(end_key)
        if record is None:
            return None
        neutral = record.number("TapChanger.neutralStep") or 0.0
        step = record.number("TapChanger.step", record.number("TapChanger.normalStep", neutral))
        percent = record.number("RatioTapChanger.stepVoltageIncrement") or 0.0
        low, high = (record.number(f"TapChanger.{name}Step", neutral) or 0.0 for name in ("low", "high"))
        is_on = record.flag("TapChanger.ltcFlag", default=True) and record.flag(
            "TapChanger.controlEnabled", default=True
        )
        control = self._control(record, node) if is_on else None
        return TapChanger(record.id, step or 0.0, neutral, low, high, percent, control)

    def _control(self, taps: Record, node: str) -> TapControl | None:
        record = self._parts.build.store.follow(taps, "TapChanger.TapChangerControl")
        if record is None or not record.flag("RegulatingControl.enabled", default=True):
            return None
        target = record.number("RegulatingControl.targetValue")
        if record.text.get("RegulatingControl.mode", "voltage") != "voltage" or not target:
            return None
        # CGMES states the target with a multiplier, between lines; distribution files at the relay, to neutral
        unit = _MULTIPLIERS.get(record.text.get("RegulatingControl.targetValueUnitMultiplier", ""), 0.0)
        is_primary = unit > 0.0 or self._parts.build.units.is_cgmes
        factor = (unit or self._parts.build.units.volt) / 3.0**0.5 if is_primary else 1.0
        phase = conductors(record.text.get("RegulatingControl.monitoredPhase", ""))
        is_dropped = record.flag("TapChangerControl.lineDropCompensation")
        step = target * (taps.number("RatioTapChanger.stepVoltageIncrement") or 1.0) / 100.0
        return TapControl(
            self._parts.nodes.get(record.refs.get("RegulatingControl.Terminal", ""), node),
            phase[0] if phase else "",
            target * factor,
            (record.number("RegulatingControl.targetDeadband") or 1.5 * step) * factor,
            (taps.number("TapChanger.ptRatio") or 1.0) if not is_primary else 1.0,
            taps.number("TapChanger.ctRating") or 0.0,
            (record.number("TapChangerControl.lineDropR") or 0.0) if is_dropped else 0.0,
            (record.number("TapChangerControl.lineDropX") or 0.0) if is_dropped else 0.0,
            taps.number("TapChanger.initialDelay") or 15.0,
            reverse=_reverse(record) if record.flag("TapChangerControl.reversible") else (),
        )


def _reverse(record: Record) -> tuple[float, ...]:
    """What a control does while the flow is turned; thresholds in W, a minute and 100 kW where the file does not say."""
    kind = "TapChangerControl"
    return (
        record.number(f"{kind}.reverseLineDropR") or 0.0,
        record.number(f"{kind}.reverseLineDropX") or 0.0,
        record.number(f"{kind}.reversingDelay", 60.0) or 0.0,
        record.number(f"{kind}.reversingPowerThreshold", 1e5) or 0.0,
        float(record.flag(f"{kind}.reverseToNeutral")),
    )


def controls(parts: Parts) -> list[tuple[str, Record]]:
    """Key and record of every regulating control."""
    return list(parts.build.store.of_class(*_CONTROLS))
