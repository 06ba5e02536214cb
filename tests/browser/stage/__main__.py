"""Serve the stage: Django for pages, two small websocket speakers for /ws/grid/ and /ws/ui/."""

import argparse
import os

import uvicorn

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=8123)
parser.add_argument("--segments", type=int, default=100_000)
options = parser.parse_args()
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.stage.settings"
os.environ["STAGE_SEGMENTS"] = str(options.segments)
uvicorn.run(
    "tests.browser.stage.app:application",
    host="127.0.0.1",
    port=options.port,
    log_level="warning",
    lifespan="off",
    ws_ping_interval=None,
)
