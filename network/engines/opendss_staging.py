"""A stage for OpenDSS masters: their folder as links in a temporary one, without the commands that write files or talk.

    staging folder / parent's entries as links / master's folder: links, and scripts with their reports taken out

Masters end with `show` and `export`, which leave reports beside them; `help` and `plot` print. None of it belongs to an answer.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

_TALK = re.compile(
    rb"(?im)^[ \t]*(show|export|plot|visualize|help|fileedit|dump|save|doscmd|cd|cleanup|sethkeys|set[ \t]+(datapath|editor))\b[^\r\n]*"
)
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
    if is_script and _TALK.search(text):
        place.write_bytes(_TALK.sub(b"", text))
    else:
        place.symlink_to(entry)
