"""Runs the few tests that failed a second time, each in a fresh system, and says which of them are unsteady.

    python -m tests.again

A browser, five processes and two servers share the machine with the tests; one late answer among thousands must not hide
what a run shows. More than `LIMIT` failures are no accident and are not repeated; what fails twice, fails. An unsteady test
is a defect of the product or of the test and gets mended: its name is printed last, where nobody overlooks it.
"""

import json
import subprocess
import sys
from pathlib import Path

LIMIT = 5
FAILED = Path(".pytest_cache/v/cache/lastfailed")


def main() -> int:
    """Exit status of the second run: 0 when every test that failed passes now."""
    names = sorted(json.loads(FAILED.read_text())) if FAILED.exists() else []
    if not 0 < len(names) <= LIMIT:
        return 1
    sys.stdout.write(f"\n{len(names)} failed; once more, by themselves:\n")
    sys.stdout.flush()
    status = subprocess.run([sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *names], check=False)
    if status.returncode == 0:
        sys.stdout.write("UNSTEADY, to be mended:\n" + "".join(f"  {name}\n" for name in names))
    return status.returncode


if __name__ == "__main__":
    sys.exit(main())
