"""A stage for OpenDSS masters: their folder as links in a temporary one, without the commands that write files or talk.

    staging folder / parent's entries as links / master's folder: links, and scripts with their reports taken out

Masters end with `show` and `export`, which leave reports beside them; `help` and `plot` print; `uuids` names things for an export.
None of it belongs to an answer. Scripts written where file names have no case are made to find their files here.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

_TALK = re.compile(
    rb"(?im)^[ \t]*(show|export|plot|visualize|help|fileedit|dump|save|doscmd|cd|cleanup|sethkeys|uuids"
    rb"|set[ \t]+(datapath|editor))\b[^\r\n]*"
)
_NAMED = re.compile(rb"(?im)^([ \t]*(?:redirect|compile|buscoords|latlongcoords)[ \t]+[\"'({\[]?)([^\s\"')}\]!]+)")
_SCRIPTS = (".dss", ".txt", "")
_LARGEST_SCRIPT = 20_000_000


def stage(master: Path, folder: Path) -> Path:
    """The master's place on the stage.

    Args:
        master: absolute path of the file.
        folder: an empty temporary folder.
    """
    home = master.parent
    staged_parent = folder / "parent"
    staged_home = staged_parent / home.name if home.name else folder / "home"
    staged_home.mkdir(parents=True)
    with contextlib.suppress(PermissionError):  # then a master cannot name files there either
        for entry in home.parent.iterdir() if home.name else ():
            if entry.name != home.name:
                (staged_parent / entry.name).symlink_to(entry)
    for entry in home.iterdir():
        _put(entry, staged_home / entry.name)
    return staged_home / master.name


def _put(entry: Path, place: Path) -> None:
    """A script without talk, anything else as a link."""
    is_script = entry.suffix.lower() in _SCRIPTS and entry.is_file() and entry.stat().st_size <= _LARGEST_SCRIPT
    text = entry.read_bytes() if is_script else b""
    quiet = _NAMED.sub(lambda found: found[1] + _as_stored(found[2], entry.parent), _TALK.sub(b"", text))
    if quiet != text:
        place.write_bytes(quiet)
    else:
        place.symlink_to(entry)


def _as_stored(name: bytes, folder: Path) -> bytes:
    """The file's name as it is stored, where only the case of its letters differs; else as it is written."""
    place = folder
    try:
        parts = name.decode().replace("\\", "/").split("/")
        for part in parts:
            place = place / part if part in ("", ".", "..") or (place / part).exists() else _same(place, part)
    except (OSError, UnicodeDecodeError, LookupError):
        return name
    return os.path.relpath(place, folder).encode() if parts[0] else name


def _same(folder: Path, name: str) -> Path:
    """The only entry of a folder with this name in whatever case.

    Raises:
        LookupError: there is none, or more than one.
    """
    found = [entry for entry in folder.iterdir() if entry.name.lower() == name.lower()]
    if len(found) != 1:
        raise LookupError(name)
    return found[0]
