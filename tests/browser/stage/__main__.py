"""Serve the stage: Django for pages, two small websocket speakers for /ws/grid/ and /ws/ui/."""

import argparse
import os
import tempfile
from pathlib import Path

import uvicorn

from tests.browser.stage.streets import drawn_by_hand

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=8123)
parser.add_argument("--segments", type=int, default=100_000)
options = parser.parse_args()
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.stage.settings"
os.environ["STAGE_SEGMENTS"] = str(options.segments)
streets = Path(tempfile.mkdtemp()) / "streets.pmtiles"
streets.write_bytes(drawn_by_hand())
os.environ["STAGE_STREETS"] = str(streets)
uvicorn.run(
    "tests.browser.stage.app:application",
    host="127.0.0.1",
    port=options.port,
    log_level="warning",
    lifespan="off",
    ws_ping_interval=None,
)
