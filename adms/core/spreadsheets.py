"""What a file that a spreadsheet opens may hold."""

from typing import Any


def cell(value: Any) -> str:
    """Text that a spreadsheet does not take for a formula."""
    text = value.isoformat() if hasattr(value, "isoformat") else "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
