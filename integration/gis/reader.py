"""Tables to a draft.

    nodes --+-- lines, switches, transformers (from, to) --+-- loads, sources (node) -- customers (equipment)

An id that is a UUID is the mRID; any other gives one together with the model's name and its table, so that the same row is the same
object in every version. Where a line of GeoJSON does not say between which nodes it runs, its ends are where it begins and ends.
"""

from __future__ import annotations

import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from integration.gis import columns
from integration.gis.rows import Row, TableRefused, read_rows
from network.domain import phases as ph
from network.domain.draft import Branch, Container, Injection, ModelDraft, Node, TelemetryPoint, UsagePoint
from network.domain.findings import Findings
from network.domain.identity import derived_mrid

_CLASSES = {"nodes": "ConnectivityNode", "lines": "ACLineSegment", "transformers": "PowerTransformer",
            "loads": "EnergyConsumer", "sources": "ExternalNetworkInjection", "customers": "UsagePoint"}  # fmt: skip
_NAMED = {
    "lines": "line",
    "transformers": "trafo",
    "sources": "ext_grid",
}  # what their electrical columns are called by
_DEGREES = 6  # coordinates that agree so far are one place


def is_tables(source: str | Path) -> bool:
    """Whether it is a folder with a table of nodes, or a GeoJSON file."""
    path = Path(source)
    if path.is_dir():
        return any((path / f"nodes{suffix}").is_file() for suffix in (".csv", ".geojson")) or any(
            path.glob("*.geojson")
        )
    return path.suffix == ".geojson" and path.is_file()


def read_tables(source: str | Path, *, name: str | None = None) -> ModelDraft:
    """One model out of a folder of tables, or one GeoJSON file.

    Raises:
        TableRefused: a table cannot be read; says file, line and what.
    """
    path = Path(source)
    try:
        rows = read_rows(path)
    except OSError as error:
        raise TableRefused(f"{path}: {error.strerror}") from None
    return _Reader(rows, name or path.stem).read()


class _Reader:
    """The rows, the draft so far, and which id is which object."""

    def __init__(self, rows: list[Row], name: str) -> None:
        self.rows = rows
        self.draft = ModelDraft(name, mrid=derived_mrid("model", name), source="tables")
        self.findings = Findings()
        self.ids: dict[tuple[str, str], str] = {}
        self.nodes_at: dict[tuple[float, float], str] = {}

    def read(self) -> ModelDraft:
        makers = {
            "nodes": self._node, "lines": self._line, "switches": self._switch, "transformers": self._transformer,
            "loads": self._load, "sources": self._source, "customers": self._customer,
        }  # fmt: skip
        for row in self.rows:
            if mrid := self._identify(row):
                makers[row.table](row, mrid)
        self._count()
        self.draft.crs = "EPSG:4326" if self._is_geographic() else ""
        self.draft.findings = self.findings.listed()
        return self.draft

    def _identify(self, row: Row) -> str:
        """The mRID of a row's object; "" for an id that was there before."""
        said = row.text("id")
        if not said:
            raise row.refusal("id is empty")
        if (row.table, said) in self.ids:
            self._find("error", "duplicate_id", f"id {said} was there before; left out", row)
            return ""
        mrid = self.ids[row.table, said] = _mrid(self.draft.name, row.table, said)
        self.draft.places[mrid] = (row.file, row.line)
        return mrid

    def _find(self, severity: str, code: str, text: str, row: Row) -> None:
        where = f"{text} [{row.file}]"
        cim_class = _CLASSES.get(row.table, row.table)
        self.findings.add(severity, code, where, cim_class=cim_class, object_=row.text("id"), line=row.line)

    def _node(self, row: Row, mrid: str) -> None:
        kv = row.number("kv")
        if kv is None or kv <= 0:
            raise row.refusal(f"kv: a node needs a voltage above zero, not {row.text('kv')!r}")
        node = Node(
            mrid, _name(row), self._substation(row.text("substation")), kv * 1000.0, row.number("x"), row.number("y")
        )
        self.draft.nodes[mrid] = node
        if node.x is not None and node.y is not None:
            self.nodes_at.setdefault((round(node.x, _DEGREES), round(node.y, _DEGREES)), mrid)

    def _substation(self, name: str) -> str:
        if not name:
            return ""
        mrid = _mrid(self.draft.name, "substations", name)
        self.draft.containers.setdefault(mrid, Container(mrid, name, "Substation"))
        return mrid

    def _branch(self, row: Row, mrid: str, cim_class: str) -> Branch:
        phases = _phases(row)
        ends = [self._end(row, column, place) for column, place in (("from", 0), ("to", -1))]
        branch = Branch(
            mrid, _name(row), cim_class, ends[0], ends[1], phases, phases, phases, rated_a=row.number("rated_a")
        )
        branch.attributes = _attributes(row)
        branch.points = row.points if len(row.points) > 1 else []
        start, end = (self.draft.nodes.get(one) for one in ends)
        if start is not None and end is not None and start.container_mrid == end.container_mrid:
            branch.container_mrid = start.container_mrid
        self.draft.branches[mrid] = branch
        return branch

    def _end(self, row: Row, column: str, place: int) -> str:
        """MRID of the node at an end, or what the row says where there is no such node: the gate will find it."""
        said = row.text(column)
        if not said and row.points:
            x, y = row.points[place]
            at = self.nodes_at.get((round(x, _DEGREES), round(y, _DEGREES)))
            if at is None:
                self._find("error", "no_node_there", f"{column}: no node at {x:g}, {y:g}", row)
            return at or f"{x:g}, {y:g}"
        if not said:
            raise row.refusal(f"{column} is empty")
        return self._node_of(row, column)

    def _node_of(self, row: Row, column: str) -> str:
        said = row.text(column)
        known = self.ids.get(("nodes", said))
        if known is None:
            self._find("error", "dangling_reference", f"{column} names {said!r}, which is no node", row)
        return known or said

    def _line(self, row: Row, mrid: str) -> None:
        length = row.number("length_m")
        if length is not None and length < 0:
            self._find("error", "negative_length", f"length_m is {length:g}", row)
            length = None
        if not any(row.number(name) for name in ("r_ohm_per_km", "x_ohm_per_km")):
            self._find("warning", "zero_impedance", "neither r_ohm_per_km nor x_ohm_per_km", row)
        self._branch(row, mrid, "ACLineSegment").length_m = length

    def _switch(self, row: Row, mrid: str) -> None:
        branch = self._branch(row, mrid, columns.switch_class(row.text("type")))
        is_open = columns.is_yes(row.text("normal_open"))
        branch.normal_closed_phases = 0 if is_open else branch.phases
        stands_open = columns.is_yes(row.text("open")) if row.text("open") else is_open
        branch.closed_phases = 0 if stands_open else branch.phases
        if columns.is_yes(row.text("telemetered")):
            point = derived_mrid(mrid, "position")
            self.draft.telemetry_points[point] = TelemetryPoint(
                point, f"{branch.name} position", mrid, "position", branch.phases
            )

    def _transformer(self, row: Row, mrid: str) -> None:
        branch = self._branch(row, mrid, "PowerTransformer")
        branch.rated_kva = row.number("kva")
        if not branch.rated_kva or branch.rated_kva <= 0:
            raise row.refusal(f"kva: a transformer needs a rating above zero, not {row.text('kva')!r}")
        if "trafo.vk_percent" in branch.attributes:
            high, low = (self.draft.nodes.get(one) for one in (branch.from_node, branch.to_node))
            branch.attributes |= {
                "trafo.sn_mva": branch.rated_kva / 1000.0,
                "trafo.vn_hv_kv": high.nominal_v / 1000.0 if high else 0.0,
                "trafo.vn_lv_kv": low.nominal_v / 1000.0 if low else 0.0,
                "trafo.vkr_percent": branch.attributes.get("trafo.vkr_percent", 0.0),
            }

    def _load(self, row: Row, mrid: str) -> None:
        load = self._injection(row, mrid, "EnergyConsumer")
        load.p_kw, load.q_kvar = row.number("kw") or 0.0, row.number("kvar") or 0.0
        count = row.number("customers")
        load.customer_count = None if count is None else int(count)

    def _source(self, row: Row, mrid: str) -> None:
        self._injection(row, mrid, "ExternalNetworkInjection")

    def _injection(self, row: Row, mrid: str, cim_class: str) -> Injection:
        node = self._node_of(row, "node")
        found = Injection(mrid, _name(row), cim_class, node, _phases(row), attributes=_attributes(row))
        self.draft.injections[mrid] = found
        return found

    def _customer(self, row: Row, mrid: str) -> None:
        said = row.text("equipment")
        equipment = self.ids.get(("loads", said)) or self.ids.get(("transformers", said))
        if equipment is None:
            self._find(
                "error", "dangling_reference", f"equipment names {said!r}, which is no load and no transformer", row
            )
            return
        supplied = self.draft.injections.get(equipment) or self.draft.branches[equipment]
        point = UsagePoint(mrid, row.text("id"), equipment, ph.parse(row.text("phases")) or supplied.phases & ph.ABC)
        point.customer_name, point.account_number = row.text("name"), row.text("account")
        point.address, point.phone, point.critical = row.text("address"), row.text("phone"), row.text("critical")
        point.meter_number = row.text("meter")
        point.meter_mrid = _mrid(self.draft.name, "meters", point.meter_number) if point.meter_number else ""
        self.draft.usage_points[mrid] = point

    def _count(self) -> None:
        """Classes of the rows, and columns that nobody asks for."""
        for row in self.rows:
            cim_class = columns.switch_class(row.text("type")) if row.table == "switches" else _CLASSES[row.table]
            self.draft.classes[cim_class] = self.draft.classes.get(cim_class, 0) + 1
            unknown = Counter(name for name in row.cells if name not in columns.known(row.table))
            if unknown:
                counts = Counter(self.draft.skipped_attributes.get(cim_class, {})) + unknown
                self.draft.skipped_attributes[cim_class] = dict(sorted(counts.items()))
        for cim_class, counts_by_name in self.draft.skipped_attributes.items():
            listed = ", ".join(f"{name} {count}" for name, count in counts_by_name.items())
            self.findings.add(
                "info", "attributes_skipped", f"not used, kept as attributes: {listed}", cim_class=cim_class
            )

    def _is_geographic(self) -> bool:
        """Whether every place can be longitude and latitude and they are not all in a small drawing around zero."""
        places = [(node.x, node.y) for node in self.draft.nodes.values() if node.x is not None and node.y is not None]
        inside = all(abs(x) <= 180 and abs(y) <= 90 for x, y in places)
        return bool(places) and inside and any(x != int(x) or y != int(y) for x, y in places)


def _mrid(model: str, table: str, said: str) -> str:
    try:
        return str(uuid.UUID(said))
    except ValueError:
        return derived_mrid(model, table, said)


def _name(row: Row) -> str:
    return (row.text("name") or row.text("id"))[:120]


def _phases(row: Row) -> int:
    said = row.text("phases")
    bits = ph.parse(said.upper())
    if said and not bits & ph.ABC:
        raise row.refusal(f"phases: {said!r} names none of A, B, C")
    return bits or ph.ABC


def _attributes(row: Row) -> dict[str, Any]:
    """The id, the electrical columns as numbers, and every column that is not known."""
    kept: dict[str, Any] = {"gis.id": row.text("id")}
    prefix = _NAMED.get(row.table, "gis")
    for name, cell in row.cells.items():
        if name.endswith(("_ohm_per_km", "_nf_per_km", "_percent", "vm_pu")):
            kept[f"{prefix}.{name}"] = row.number(name)
        elif name not in columns.known(row.table):
            kept[f"gis.{name}"] = cell
    return kept
