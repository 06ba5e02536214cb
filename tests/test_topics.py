"""What pages listen for is what the live page tells them after a gap: a part that waits for another topic would stay old for ever."""

import re
from pathlib import Path

from adms.core import topics

ROOT = Path(__file__).resolve().parents[1]
#: Said by the page itself, not by the server.
OWN = {"close-dialog", "opened"}


def test_every_topic_is_told_after_a_gap():
    live = (ROOT / "static/js/live.js").read_text()
    told = set(re.findall(r'"([a-z]+)"', re.search(r"const TOPICS = \[(.*?)\];", live, re.DOTALL)[1]))
    waited = set()
    for template in (ROOT / "templates").rglob("*.html"):
        for trigger in re.findall(r'hx-trigger="([^"]*)"', template.read_text()):
            waited |= set(re.findall(r"tieline:([a-z-]+)", trigger))
    assert waited - OWN <= told
    assert set().union(*topics.TOPICS.values()) <= told
