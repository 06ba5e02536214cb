"""Write the public outage map: a folder of files any web server or cache may hand out, with no way back to the database."""

import datetime as dt
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings

from outages.selectors import public_map

FIGURES, GROUND = "outages.json", "service_area.json"
PAGE = ("index.html", "outage_map.css", "outage_map.js")
_READABLE = 0o644  # a web server of its own account hands them out


def write(*, at: dt.datetime) -> int:
    """Write what has changed; the number of files written. Each is whole at every moment: made beside, then renamed.

    Switched off, the figures are taken away and the page says that there are none.
    """
    folder = Path(settings.PUBLIC_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    if not public_map.values()[public_map.IS_ON]:
        return _take_away(folder)
    written = sum(_put(folder / name, (_source() / name).read_bytes()) for name in PAGE)
    written += _put(folder / GROUND, _text(public_map.service_area()))
    return written + _put(folder / FIGURES, _text(public_map.outages(at=at)))


def period() -> float:
    """Seconds until it is written again."""
    return max(float(public_map.values()[public_map.SECONDS]), 5.0)


def _source() -> Path:
    return Path(settings.BASE_DIR) / "static" / "public"


def _text(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _put(path: Path, content: bytes) -> int:
    """Put a file and its packed twin in place, unless it is there already."""
    if path.exists() and path.read_bytes() == content:
        return 0
    _replace(path.with_name(f"{path.name}.gz"), gzip.compress(content, 6, mtime=0))
    _replace(path, content)
    return 1


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as draft:
        draft.write(content)
    beside = Path(draft.name)
    beside.chmod(_READABLE)
    beside.replace(path)


def _take_away(folder: Path) -> int:
    figures = folder / FIGURES
    existed = figures.exists()
    for path in (figures, figures.with_name(f"{FIGURES}.gz")):
        path.unlink(missing_ok=True)
    return int(existed)
