"""Where reference data from outside lies, when it is there."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
CIM = SHARED / "data" / "cim"
REFERENCE = SHARED / "data" / "reference"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the reference data folder ../shared is not here")
