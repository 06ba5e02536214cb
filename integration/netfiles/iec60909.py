"""The network of IEC TR 60909-4 in a file of its own shape: short-circuit data, with machines and units partly in words.

The file leaves the transformers' zero sequence away; the standard's (2021, table 2 and figure 16) is added here by their names.
Buses are called by their short name and nominal voltage, B2_110kV: the highest standard voltage not above the rated one.
"""

from __future__ import annotations

import math
import re
import warnings
from typing import Any

from integration.netfiles.refusals import NetFileRefused

_NOMINAL_KV = (0.4, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 60.0, 110.0, 150.0, 220.0, 380.0)
_FULL_NAME = re.compile(r"(\w+?)_([\d.]+)kV$")
_QUANTITY = re.compile(r"([\d.]+)")
#: Vector groups in the order of the two parallel units, X0/X of the pairs, reactor at the middle winding's neutral in ohm.
_ZERO_3W: dict[str, dict[str, Any]] = {
    "T3/T4": {"groups": ("YNyd", "Yynd"), "vk0": (44.1, 6.299627, 6.299627), "vkr0": (0.26, 0.03714286, 0.03714286)},
    "T5/T6": {"groups": ("Yyd", "Yynd"), "xn_mv": (0.0, 100.0)},
}
#: By name of the high-voltage bus: group, zero-sequence voltage in %, reactor at the neutral in ohm.
_ZERO_UNITS = {"B4": ("YNd", 0.95, 22.0), "B3": ("Yd", 1.0, 0.0)}


def is_iec(content: Any) -> bool:
    """Whether a JSON document has this shape."""
    return isinstance(content, dict) and {"external_grids", "lines", "transformers_3w"} <= content.keys()


def read_iec(content: dict[str, Any], name: str) -> Any:
    """A pandapower net of the document.

    Raises:
        NetFileRefused: something is missing or not understood; the message says what.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _Network(content).net
    except KeyError as error:
        raise NetFileRefused(f"{name}: no {error.args[0]!r}") from None
    except (TypeError, ValueError, IndexError) as error:
        raise NetFileRefused(f"{name}: {error}") from None


class _Network:
    """Builds the net; buses are made when they are first named."""

    def __init__(self, content: dict[str, Any]) -> None:
        import pandapower  # noqa: PLC0415 - takes seconds

        self.pp = pandapower
        self.net = pandapower.create_empty_network(name="IEC TR 60909-4")
        self.kv = self._voltages(content)
        self.buses: dict[str, int] = {}
        for grid in content["external_grids"]:
            self._add_source(grid)
        for row in content["transformers_3w"]:
            self._add_three_windings(row)
        for row in content.get("power_station_units", ()):
            self._add_unit(row)
        if "generator" in content:
            self._add_generator(content["generator"])
        for row in content.get("motors", ()):
            self._add_motors(row)
        for row in content["lines"]:
            self._add_line(row)

    def _voltages(self, content: dict[str, Any]) -> dict[str, float]:
        """Nominal voltage of every bus: said in its name, by a transformer, or by a line to one that is known."""
        kv: dict[str, float] = {}
        for row in content["transformers_3w"]:
            for bus, volts in zip((row["hv"], row["mv"], *row["lv"].split(" / ")), _rated(row), strict=False):
                kv[bus.strip()] = _nominal(volts)
        for row in content.get("power_station_units", ()):
            high, low = _numbers(row["trafo"])[1:3]
            kv[row["hv"]], kv[row["lv"]] = _nominal(high), _nominal(low)
        for grid in content["external_grids"]:
            if match := _FULL_NAME.match(grid["bus"]):
                kv[match[1]] = float(match[2])
        for _ in content["lines"]:
            for row in content["lines"]:
                known = kv.get(row["frm"]) or kv.get(row["to"])
                if known:
                    kv[row["frm"]] = kv[row["to"]] = known
        return kv

    def bus(self, name: str) -> int:
        """The bus of a short or full name."""
        match = _FULL_NAME.match(name)
        short = match[1] if match else name
        if short not in self.buses:
            if short not in self.kv:
                raise ValueError(f"the voltage of bus {short} is not to be found out")
            volts = self.kv[short]
            self.buses[short] = int(self.pp.create_bus(self.net, vn_kv=volts, name=f"{short}_{volts:g}kV"))
        return self.buses[short]

    def _add_source(self, row: dict[str, Any]) -> None:
        bus = self.bus(row["bus"])
        power = row["ikss_kA"] * math.sqrt(3.0) * self.net.bus["vn_kv"][bus]
        self.pp.create_ext_grid(
            self.net, bus, s_sc_max_mva=power, rx_max=row["rx"], x0x_max=row["x0x"], r0x0_max=row["r0x0"]
        )

    def _add_line(self, row: dict[str, Any]) -> None:
        self.pp.create_line_from_parameters(
            self.net,
            self.bus(row["frm"]),
            self.bus(row["to"]),
            length_km=row["km"],
            r_ohm_per_km=row["r"],
            x_ohm_per_km=row["x"],
            c_nf_per_km=0.0,
            max_i_ka=math.nan,
            r0_ohm_per_km=row["r0"],
            x0_ohm_per_km=row["x0"],
            c0_nf_per_km=0.0,
            name=row["name"],
        )

    def _add_three_windings(self, row: dict[str, Any]) -> None:
        names = row["name"].split(" ")[0]
        zero = _ZERO_3W.get(names, {})
        ends = [end.strip() for end in row["lv"].split("/")]
        for place, name in enumerate(names.split("/")):
            low = ends[place] if place < len(ends) else ends[-1]
            is_open = low == "not connected"
            lv_bus = self._open_end(name, row["kV"][2]) if is_open else self.bus(low)
            self._add_one(row, name, lv_bus, zero, place)

    def _open_end(self, name: str, volts: float) -> int:
        return int(self.pp.create_bus(self.net, vn_kv=_nominal(volts), name=f"{name} open", type="open winding"))

    def _add_one(self, row: dict[str, Any], name: str, lv_bus: int, zero: dict[str, Any], place: int) -> None:
        sides = ("hv", "mv", "lv")
        values: dict[str, Any] = {}
        for number, side in enumerate(sides):
            values[f"vn_{side}_kv"] = row["kV"][number]
            values[f"sn_{side}_mva"] = row["MVA"][number]
            values[f"vk_{side}_percent"] = row["vk_percent"][number]
            values[f"vkr_{side}_percent"] = row["vkr_percent"][number]
            values[f"vk0_{side}_percent"] = zero.get("vk0", row["vk_percent"])[number]
            values[f"vkr0_{side}_percent"] = zero.get("vkr0", row["vkr_percent"])[number]
        group = zero["groups"][place] if zero else "Yyd"
        index = self.pp.create_transformer3w_from_parameters(
            self.net,
            self.bus(row["hv"]),
            self.bus(row["mv"]),
            lv_bus,
            pfe_kw=0.0,
            i0_percent=0.0,
            vector_group=group,
            name=name,
            **values,
        )
        self.net.trafo3w.loc[index, "xn_mv_ohm"] = zero.get("xn_mv", (0.0, 0.0))[place]

    def _add_unit(self, row: dict[str, Any]) -> None:
        mva, high, low, vk, vkr = _numbers(row["trafo"])[:5]
        group, x0x, reactor = _ZERO_UNITS.get(row["hv"], ("Yd", 1.0, 0.0))
        index = self.pp.create_transformer_from_parameters(
            self.net,
            self.bus(row["hv"]),
            self.bus(row["lv"]),
            sn_mva=mva,
            vn_hv_kv=high,
            vn_lv_kv=low,
            vk_percent=vk,
            vkr_percent=vkr,
            pfe_kw=0.0,
            i0_percent=0.0,
            vk0_percent=vk * x0x,
            vkr0_percent=vkr,
            vector_group=group,
            xn_ohm=reactor,
            mag0_percent=10_000.0,
            mag0_rx=0.0,
            si0_hv_partial=0.5,
            oltc="with OLTC" in row["trafo"],
            pt_percent=_after(row["trafo"], "pt"),
            power_station_unit=True,
            name=f"{row['hv']}-{row['lv']}",
        )
        text = row["generator"]
        rated, kv = _numbers(text)[:2]
        self._create_generator(
            self.bus(row["lv"]), rated, kv, _after(text, "xd''"), _after(text, "Rs"), _after(text, "cos phi"),
            pg_percent=_after(text, "pg") or 0.0, power_station_trafo=index,
        )  # fmt: skip

    def _add_generator(self, row: dict[str, Any]) -> None:
        self._create_generator(
            self.bus(row["bus"]), row["MVA"], row["kV"], row["xdss"], row["rs_ohm"], row["cos_phi"], pg_percent=0.0
        )

    def _create_generator(
        self,
        bus: int,
        mva: float,
        kv: float,
        xdss: float | None,
        rs_ohm: float | None,
        cos_phi: float | None,
        **more: Any,
    ) -> None:
        self.pp.create_gen(
            self.net, bus, p_mw=0.0, sn_mva=mva, vn_kv=kv, xdss_pu=xdss, rdss_ohm=rs_ohm, cos_phi=cos_phi, **more
        )

    def _add_motors(self, row: dict[str, Any]) -> None:
        for _ in range(int(row["n"])):
            bus = self.bus(row["bus"])
            self.pp.create_motor(
                self.net,
                bus,
                pn_mech_mw=row["P_mech_MW"],
                cos_phi=row["cos_phi"],
                cos_phi_n=row["cos_phi"],
                efficiency_n_percent=row["efficiency"] * 100.0,
                vn_kv=self.net.bus["vn_kv"][bus],
                rx=row["rx"],
                lrc_pu=row["lrc"],
            )


def _rated(row: dict[str, Any]) -> list[float]:
    high, middle, low = row["kV"]
    return [high, middle, low, low]


def _nominal(kv: float) -> float:
    return max((volts for volts in _NOMINAL_KV if volts <= kv * 1.0001), default=kv)


def _numbers(text: str) -> list[float]:
    return [float(found) for found in _QUANTITY.findall(text)]


def _after(text: str, word: str) -> float | None:
    """The number that follows a word."""
    found = re.search(re.escape(word) + r"\s*([\d.]+)", text)
    return float(found[1]) if found else None
