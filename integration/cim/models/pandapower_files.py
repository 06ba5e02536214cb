"""pandapower's files: JSON is checked before it is loaded, for pandapower builds whatever class a file names."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from typing import Any

from adms.core import errors

PREFIX = "pandapower:"
SIMBENCH = "simbench:"
_NUMBERS = {"float64", "float32", "int64", "int32", "uint32", "bool", "bool_", "array"}
#: What a file may name, by module; of the controllers everything, for pandapower builds only its own classes of them.
_TRUSTED = {
    "pandapower.auxiliary": {"pandapowerNet"},
    "pandas.core.frame": {"DataFrame"},
    "pandas.core.series": {"Series"},
    "geopandas.geodataframe": {"GeoDataFrame"},
    "networkx.classes.multigraph": {"MultiGraph"},
    "networkx.classes.graph": {"Graph"},
    "numpy": _NUMBERS,
    "builtins": {"int", "float", "str", "bool", "tuple", "list", "dict", "set", "frozenset", "complex"},
}
_CONTROLLERS = "pandapower.control."
_MOST_BYTES = 500_000_000


class PandapowerRefused(errors.Invalid):
    """It is no pandapower network, or one that would run foreign code."""

    code = "pandapower_refused"


def is_shipped(source: str | Path) -> bool:
    """Whether it names a network that ships with pandapower or SimBench."""
    return str(source).startswith((PREFIX, SIMBENCH))


def name_of(source: str | Path) -> str:
    """What a source is called by."""
    return str(source).partition(":")[2] if is_shipped(source) else Path(source).stem


def load(source: str | Path) -> Any:
    """The net of a JSON file, or of a name such as "pandapower:mv_oberrhein"."""
    logging.getLogger("pandapower").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandapower's own use of its libraries
        if str(source).startswith(SIMBENCH):
            return _simbench(name_of(source))
        return _shipped(name_of(source)) if is_shipped(source) else _from_file(Path(source))


def _shipped(name: str) -> Any:
    import pandapower.networks  # noqa: PLC0415 - takes seconds

    maker = getattr(pandapower.networks, name, None)
    if not name.isidentifier() or not callable(maker):
        raise PandapowerRefused(f"pandapower ships no network {name!r}")
    net = maker()
    if type(net).__name__ != "pandapowerNet":
        raise PandapowerRefused(f"pandapower's {name} does not make one network")
    return net


def _simbench(code: str) -> Any:
    """A network of SimBench (Meinecke and others, Energies 2020), without the profiles of its loads."""
    import simbench  # noqa: PLC0415 - takes eleven seconds

    try:
        net = simbench.get_simbench_net(code)
    except Exception as error:  # noqa: BLE001 - it stumbles over a wrong code in many ways
        raise PandapowerRefused(f"SimBench has no network {code!r}: {error}") from None
    net.name = code
    return net


def _from_file(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PandapowerRefused(f"{path.name}: larger than {_MOST_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        raise PandapowerRefused(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise PandapowerRefused(f"{path.name}{f', line {line}' if line else ''}: no JSON: {error}") from None
    if not isinstance(content, dict) or content.get("_class") != "pandapowerNet":
        raise PandapowerRefused(f"{path.name}: JSON, but no pandapower network")
    _require_trusted(content, path.name)
    return _parse(text, path.name)


def _parse(text: str, name: str) -> Any:
    import pandapower  # noqa: PLC0415 - takes seconds

    try:
        return pandapower.from_json_string(text)
    except Exception as error:  # noqa: BLE001 - a foreign parser; whatever it stumbles over is the file's fault
        raise PandapowerRefused(f"{name}: pandapower cannot read it: {error}") from None


def _require_trusted(value: Any, name: str) -> None:
    """Refuse classes from elsewhere; tables are JSON texts inside the JSON."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            _require_trusted_class(value, name)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif (
            isinstance(value, str)
            and value[:1] in "{["
            and "_module" in value.encode().decode("unicode_escape", "ignore")
        ):
            try:
                waiting.append(json.loads(value))
            except json.JSONDecodeError:
                continue


def _require_trusted_class(value: dict[str, Any], name: str) -> None:
    module, cls = str(value.get("_module", "")), str(value.get("_class", ""))
    if not module:
        return
    if cls not in _TRUSTED.get(module, ()) and not module.startswith(_CONTROLLERS):
        raise PandapowerRefused(f"{name}: it names the class {module}.{cls}, which is not taken")


def other_elements(net: Any, taken: set[str]) -> dict[str, int]:
    """Non-empty element tables that are not among the taken ones."""
    return {
        table: len(frame)
        for table, frame in net.items()
        if not table.startswith(("_", "res_"))
        and table not in taken
        and hasattr(frame, "columns")
        and ({"bus", "from_bus", "buses"} & set(frame.columns))
        and len(frame)
    }
