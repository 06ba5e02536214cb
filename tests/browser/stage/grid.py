# ruff: noqa: PLR0917
"""A synthetic radial network drawn like streets, its state, and the three binary shapes the map reads."""

import struct
from dataclasses import dataclass, field

import numpy as np

PLACES = [
    "Hillside",
    "Northgate",
    "Eastfield",
    "Marsh",
    "Quay",
    "Millbrook",
    "Harbour",
    "Oakley",
    "Station",
    "Fairview",
    "Langley",
    "Weir",
]
#: Metres of the drawing become degrees at the equator: a street map can lie below.
DEGREES = 1 / 10_000
OPEN, ABNORMAL, BAD, TAGGED, PREDICTED = 8, 16, 32, 64, 128


@dataclass
class Network:
    """Segments are branches; symbols lie on some of them. `parent` makes it a forest."""

    lines: list[tuple[float, float, float, float]] = field(default_factory=list)
    level: list[int] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    symbols: list[tuple[int, float, float, int, int]] = field(default_factory=list)
    state: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    sources: dict[int, str] = field(default_factory=dict)
    stations: set[tuple[float, float]] = field(default_factory=set)
    seq: int = 1

    def add(self, x1: float, y1: float, x2: float, y2: float, level: int, parent: int, name: str) -> int:
        self.lines.append((x1, y1, x2, y2))
        self.level.append(level)
        self.parent.append(parent)
        self.names.append(name)
        return len(self.lines) - 1

    def below(self, branch: int) -> np.ndarray:
        """The branch and everything fed through it (children come after parents)."""
        hit = np.zeros(len(self.parent), bool)
        hit[branch] = True
        for b in range(branch + 1, len(self.parent)):
            if self.parent[b] >= 0:
                hit[b] = hit[self.parent[b]]
        return np.flatnonzero(hit)

    def geometry(self) -> bytes:
        lines = np.array(self.lines) * DEGREES
        low = lines.reshape(-1, 2).min(axis=0)
        scale = float((lines.reshape(-1, 2).max(axis=0) - low).max()) / 65535
        quads = np.rint((lines - np.tile(low, 2)) / scale).astype("<u2")
        spots = np.array([[s[1], s[2]] for s in self.symbols]) * DEGREES
        q = np.clip(np.rint((spots - low) / scale), 0, 65535).astype("<u2")
        parts = [
            struct.pack("<4sIIddd", b"TLG1", len(lines), len(self.symbols), low[0], low[1], scale),
            quads.tobytes(),
            np.arange(len(lines), dtype="<u4").tobytes(),
            np.array(self.level, np.uint8).tobytes(),
            np.array([s[0] for s in self.symbols], "<u4").tobytes(),
            q[:, 0].tobytes(),
            q[:, 1].tobytes(),
            np.array([s[3] for s in self.symbols], np.uint8).tobytes(),
            np.array([s[4] for s in self.symbols], np.uint8).tobytes(),
            struct.pack("<d", 1.0),
        ]
        return b"".join(part + b"\0" * (-len(part) % 4) for part in parts)

    def state_file(self) -> bytes:
        return struct.pack("<4sII", b"TLS1", self.seq, len(self.state)) + self.state.tobytes()

    def change(self, ids: np.ndarray, states: np.ndarray) -> bytes:
        """Apply, and the delta frame that says so."""
        before, self.seq = self.seq, self.seq + 1
        self.state[ids] = states
        return (
            struct.pack("<B3xIII", 1, self.seq, before, len(ids))
            + ids.astype("<u4").tobytes()
            + states.astype(np.uint8).tobytes()
        )


def grow(segments: int, seed: int = 11) -> Network:
    """Substations on a loose grid, six feeders each, laterals off the trunk, a transformer at the end of each lateral."""
    rng = np.random.default_rng(seed)
    net = Network()
    count = max(5, segments // 1600)
    columns = int(np.ceil(np.sqrt(count * 1.6)))
    step, pitch = 14.0, 300.0 if segments < 20000 else 420.0
    stations = [
        ((k % columns) * pitch + rng.uniform(-60, 60), (k // columns) * pitch + rng.uniform(-50, 50))
        for k in range(count)
    ]
    k = 0
    while len(net.lines) < segments:
        sx, sy = stations[k % count]
        _feeder(net, rng, sx, sy, step, k, f"{42 + k % count}{k // count + 1:02d}", PLACES[k % count % len(PLACES)])
        k += 1
    net.state = np.zeros(len(net.lines), np.uint8)
    for b, _, _, kind, flags in net.symbols:
        if flags & 1 and kind in (4, 6):
            net.state[b] |= OPEN
    return net


def _feeder(
    net: Network, rng: np.random.Generator, x: float, y: float, step: float, k: int, number: str, place: str
) -> None:
    dx, dy = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 0), (-1, 0)][k % 6]
    x, y = round(x / step) * step, round(y / step) * step + (2 * step if k % 6 > 3 else 0)
    head = net.add(x, y, x + dx * step * 0.5, y + dy * step * 0.5, 0, -1, f"CB {number}")
    if k % 6 <= 3 and (x, y) not in net.stations:
        net.stations.add((x, y))
        net.symbols.append((head, x, y, 20, 0))
        net.sources[head] = place
    net.symbols.append((head, x + dx * step * 0.5, y + dy * step * 0.5, 1, 2))
    px, py, last = x + dx * step * 0.5, y + dy * step * 0.5, head
    for i in range(int(26 + rng.random() * 22)):
        nx, ny = px + dx * step, py + dy * step
        last = net.add(px, py, nx, ny, 0, last, f"SW {number}-{i + 1}" if i % 6 == 5 else f"{number}-{i + 1}")
        if i % 6 == 5:
            net.symbols.append((last, (px + nx) / 2, (py + ny) / 2, 4, 2 if i % 12 == 5 else 0))
        if rng.random() < 0.62:
            _lateral(net, rng, nx, ny, dx, dy, step, last, number)
        px, py = nx, ny
        if rng.random() < 0.17:
            dx, dy = (dy, dx) if rng.random() < 0.5 else (-dy, -dx)
    tie = net.add(px, py, px + dx * step, py + dy * step, 0, last, f"Tie {number}")
    net.symbols.append((tie, px + dx * step / 2, py + dy * step / 2, 4, 1 | 2))


def _lateral(
    net: Network,
    rng: np.random.Generator,
    x: float,
    y: float,
    dx: float,
    dy: float,
    step: float,
    parent: int,
    number: str,
) -> None:
    side = 1 if rng.random() < 0.5 else -1
    sx, sy = (0, side) if dx else (side, 0)
    fuse = net.add(x, y, x + sx * step * 0.35, y + sy * step * 0.35, 2, parent, f"FU {number}-{len(net.lines)}")
    net.symbols.append((fuse, x + sx * step * 0.35, y + sy * step * 0.35, 3, 0))
    x, y, last = x + sx * step * 0.35, y + sy * step * 0.35, fuse
    for _ in range(int(2 + rng.random() * 7)):
        last = net.add(x, y, x + sx * step * 0.7, y + sy * step * 0.7, 2, last, f"{number} lateral {len(net.lines)}")
        x, y = x + sx * step * 0.7, y + sy * step * 0.7
        if rng.random() < 0.2:
            sx, sy = sy, sx
    transformer = net.add(x, y, x + sx * step * 0.25, y + sy * step * 0.25, 2, last, f"TX {3000 + len(net.lines)}")
    net.symbols.append((transformer, x + sx * step * 0.12, y + sy * step * 0.12, 10, 0))


def upset(net: Network) -> dict[str, int]:
    """One open breaker with its dead feeder, one predicted lateral, one bad and one tagged switch: a picture to look at."""
    heads = [s[0] for s in net.symbols if s[3] == 1]
    switches = [s[0] for s in net.symbols if s[3] == 4 and not s[4] & 1]
    cb = heads[min(8, len(heads) - 1)]
    net.state[net.below(cb)] |= 1
    net.state[cb] |= OPEN | ABNORMAL
    fuse = next(s[0] for s in net.symbols if s[3] == 3 and net.state[s[0]] == 0 and s[0] > len(net.lines) // 3)
    net.state[net.below(fuse)] |= PREDICTED
    live = [b for b in switches if net.state[b] == 0]
    bad, tagged, partly = live[len(live) // 2], live[len(live) // 4], live[-3]
    net.state[bad] |= BAD
    net.state[tagged] |= TAGGED
    net.state[net.below(partly)[1:]] |= 2
    tie = next(s[0] for s in net.symbols if s[3] == 4 and s[4] & 1 and net.state[s[0]] == OPEN)
    net.state[tie] = ABNORMAL
    return {"breaker": cb, "fuse": fuse, "bad": bad, "tagged": tagged, "partly": partly, "tie": tie}
