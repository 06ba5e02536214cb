"""What happens outside in the story: the fuse, the breaker and the switch it happens at, and the systems that tell of it."""

import datetime as dt
import json
from dataclasses import dataclass

from tests.faults.listener import Listener
from tests.journeys.partners import Partner, position, power_events
from tests.journeys.world import World
from tests.live import LiveSystem, free_port

# A busy machine must not be what ends a reservation or a command.
UNHURRIED = {"operation.select_lease_s": 120, "operation.command_timeout_s": 180}


@dataclass(frozen=True)
class Device:
    """A switch, by the number of its branch and by its name."""

    branch: int
    mrid: str
    name: str
    meters: tuple[str, ...]  # below it


class Field:
    """The demo network and its partners. Nothing here knows the product but through HTTP."""

    def __init__(self, system: LiveSystem) -> None:
        system.environment["SIM_PORT"] = str(free_port())
        system.manage("load_demo")
        for key, seconds in UNHURRIED.items():
            system.rows(
                "INSERT INTO core_setting (key, value, changed_by, changed_at) VALUES (%s, %s, 'test', now())",
                [key, json.dumps(seconds)],
            )
        self.system = system
        self.commands = Listener(refuse=0)
        self.hes = self._partner("HES", "created EndDeviceEvents")
        self.scada = self._partner(
            "SCADA", "changed MeasurementValues", "--subscribe", "Controls", "--endpoint", self.commands.url
        )
        self.world = World(self.hes.get("api/v1/simulation/world"))
        self.numbers = {mrid: number for number, mrid in enumerate(self.world.branches)}

    def _partner(self, source: str, allowed: str, *more: str) -> Partner:
        told = self.system.manage("create_partner", source, "--allow", allowed, *more, "--json")
        return Partner(self.system.base_url, source, json.loads(told.stdout)["token"])

    def device(self, branch: dict) -> Device:
        """A branch of the world as the story names it."""
        meters = tuple(meter["number"] for meter in self.world.meters_below(branch["mrid"]))
        return Device(self.numbers[branch["mrid"]], branch["mrid"], branch["name"], meters)

    def breaker_and_switch(self) -> tuple[Device, Device]:
        """A telemetered feeder breaker and a hand-operated switch behind it, with customers before and behind that."""
        for breaker in self.world.of_class("Breaker"):
            inside = self.world.below(breaker["mrid"])
            for switch in self.world.of_class("LoadBreakSwitch", "Disconnector", "Recloser"):
                is_behind = self.world.fed(switch["mrid"]) in inside
                if breaker["is_telemetered"] and is_behind and not switch["is_telemetered"]:
                    found = self.device(breaker), self.device(switch)
                    if len(found[1].meters) < len(found[0].meters):
                        return found
        raise AssertionError("no telemetered breaker has a hand-operated switch behind it")

    def fuses(self, count: int, outside: Device) -> list[Device]:
        """Fuses of several transformers each, not behind that device."""
        found = []
        for fuse in self.world.of_class("Fuse"):
            device = self.device(fuse)
            if len(self.world.transformers_below(fuse["mrid"])) >= 2 and not {*device.meters} & {*outside.meters}:
                found.append(device)
            if len(found) == count:
                return found
        raise AssertionError(f"the network has only {len(found)} such fuses")

    def gasp(self, device: Device, at: dt.datetime) -> None:
        """Two meters in three below a device say that they lost supply; each transformer is heard."""
        told = {number for place, number in enumerate(device.meters) if place % 3}
        for transformer in self.world.transformers_below(device.mrid):
            told.add(self.world.meters_below(transformer)[0]["number"])
        answer = self.hes.post("EventMessage", "created", "EndDeviceEvents", power_events(sorted(told), at))
        assert b"Result>OK<" in answer.content, answer.text

    def report(self, device: Device, at: dt.datetime, *, closed: bool) -> None:
        """SCADA tells where a switch stands."""
        told = position(device.mrid, at, closed=closed)
        answer = self.scada.post("EventMessage", "changed", "MeasurementValues", told)
        assert b"Result>OK<" in answer.content, answer.text

    def obey(self, device: Device, *, closed: bool) -> None:
        """Wait for the command, then do it and say so, as the field would."""
        self.system.wait_until(lambda: any(device.mrid.encode() in body for body in self._heard()))
        self.report(device, ago(0), closed=closed)

    def _heard(self) -> list[bytes]:
        return [body for bodies in [*self.commands.bodies.values()] for body in [*bodies]]

    def outage_at(self, device: Device) -> int:
        """The number of the going outage of a device, once there is one."""
        query = "SELECT id FROM outages_outage WHERE device_mrid = %s AND restored_at IS NULL AND state <> 'cancelled'"
        rows = self.system.wait_until(lambda: self.system.rows(query, [device.mrid]))
        return int(rows[0][0])


def ago(minutes: float) -> dt.datetime:
    """So long before now."""
    return dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
