"""Where a Chromium lies: the system's, else playwright's own. As a program: prints it, or fails."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> Path | None:
    """The browser to drive, if there is one."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright")).expanduser()
    own = sorted([*cache.glob("chromium-*/chrome-linux*/chrome"), *cache.glob("chromium-*/chrome-mac*/**/Chromium")])
    return own[-1] if own else None


if __name__ == "__main__":
    browser = find()
    sys.stdout.write(f"{browser}\n" if browser else "")
    sys.exit(browser is None)
