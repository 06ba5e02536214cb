"""Orders, a safety document, suggestions, a study and an interlock in their states, made on the running demo by REST as people of it."""

import time
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import APIResponse

from tests.browser.story.windows import Window
from tests.live import LiveSystem

_OF_CLASS = """
    SELECT e.mrid, e.index FROM network_equipment e JOIN network_modelversion v ON v.id = e.version_id
    WHERE v.state = 'published' AND e.cim_class = %s AND e.feeder <> ''
      AND EXISTS (SELECT FROM network_telemetrypoint p WHERE p.version_id = v.id AND p.equipment_mrid = e.mrid) = %s
    ORDER BY e.index LIMIT 2
"""
_WAITED_S, _PATIENCE_MS = 300.0, 300_000  # a first power flow loads its solver


class Desk:
    """What was made, by name: each address is that of its page."""

    def __init__(self, system: LiveSystem, people: dict[str, Window]) -> None:
        """Make all of it; `people` are the windows of demo accounts by name."""
        self.people = people
        self.model = str(system.rows("SELECT key FROM network_networkmodel ORDER BY key")[0][0])
        (self.fuse, self.fuse_branch), _ = system.rows(_OF_CLASS, ["Fuse", False])
        (self.breaker, self.breaker_branch), (other, _) = system.rows(_OF_CLASS, ["Breaker", True])
        (self.line, _), _ = system.rows(_OF_CLASS, ["ACLineSegment", False])
        self.pages: dict[str, str] = {}
        self._orders()
        self._suggestions()
        self._study()
        self.post("senior", "load-shedding/feeders", model=self.model, head=self.breaker, group=1)
        self.post("senior", "load-shedding/feeders", model=self.model, head=other, is_protected=True, reason="hospital")
        self.ask("rotate", "rotate", target_kw=10, turn_min=60, turns=3)
        told = {"model": self.model, "device": self.breaker, "close": True, "other": other, "other_closed": True}
        self.post("engineer", "interlocks", **told, text="never both")

    # By REST

    def post(self, who: str, path: str, **body: Any) -> dict[str, Any]:
        """A request of somebody that is done."""
        window = self.people[who]
        token = next(one["value"] for one in window.context.cookies() if one["name"].endswith("csrftoken"))
        headers = {"X-CSRFToken": token, "Referer": window.base_url}
        answer = window.page.request.post(
            urljoin(window.base_url, f"/api/v1/{path}"), data=body, headers=headers, timeout=_PATIENCE_MS
        )
        return self._told(answer, path)

    def get(self, who: str, path: str) -> dict[str, Any]:
        """What somebody reads."""
        window = self.people[who]
        return self._told(window.page.request.get(urljoin(window.base_url, f"/api/v1/{path}")), path)

    def _told(self, answer: APIResponse, path: str) -> dict[str, Any]:
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return dict(answer.json())

    def until_over(self, who: str, path: str) -> dict[str, Any]:
        """What became of a job."""
        deadline = time.monotonic() + _WAITED_S
        while (told := self.get(who, path))["state"] in {"queued", "running"}:
            assert time.monotonic() < deadline, f"{path} is {told['state']}"
            time.sleep(0.3)
        return told

    # The states

    def _orders(self) -> None:
        steps = [
            {"kind": "verify", "text": "nobody is there"},
            {"kind": "open", "device": self.fuse},
            {"kind": "tag", "device": self.fuse},
            {"kind": "instruct", "text": "new links", "crew": "c11"},
            {"kind": "untag", "device": self.fuse},
            {"kind": "close", "device": self.fuse},
        ]
        window = {"begins_at": "2031-05-01T08:00:00Z", "ends_at": "2031-05-01T10:00:00Z"}
        made = {}
        for name in ("draft", "checked", "in_execution"):
            told = {"model": self.model, "purpose": f"New fuse links ({name})", "steps": steps, **window}
            made[name] = self.post("operator", "switching-orders", **told)["id"]
            self.pages[f"order {name}"] = f"/orders/{made[name]}/"
        for name in ("checked", "in_execution"):
            for verb in ("request", "prepare", "check"):
                self._decide("operator", made[name], verb)
        number = made["in_execution"]
        self._decide("senior", number, "approve")
        self._decide("operator", number, "issue")
        first = self.get("operator", f"switching-orders/{number}")["steps"][0]["key"]
        self.post("operator", f"switching-orders/{number}/steps/{first}/do")
        told = {"kind": "clearance", "work": "New links", "equipment_mrid": self.fuse, "points": [self.fuse]}
        self.post("operator", f"switching-orders/{number}/documents", **told, holder="operator")
        self.pages["order written anew"] = f"/orders/{made['draft']}/edit/"
        self.pages["versions of an order"] = f"/orders/{made['checked']}/versions/1/0/"

    def _decide(self, who: str, order: int, verb: str) -> None:
        """What is to become of an order, rehearsed first where it has to be."""
        told = self.post(who, f"switching-orders/{order}/{verb}")
        deadline = time.monotonic() + _WAITED_S
        while (told["latest_rehearsal"] or {}).get("state") in {"queued", "running"}:
            assert time.monotonic() < deadline, f"{verb} of {order} is not over"
            time.sleep(0.3)
            told = self.get(who, f"switching-orders/{order}")

    def ask(self, name: str, goal: str, **terms: Any) -> str:
        """Something to be suggested, to its end; its state."""
        asked = self.post("operator", "switching-orders/suggestions", model=self.model, goal=goal, **terms)
        self.pages[f"suggestion {name}"] = f"/orders/suggest/{asked['id']}/"
        return str(self.until_over("operator", f"switching-orders/suggestions/{asked['id']}")["state"])

    def _suggestions(self) -> None:
        assert self.ask("done", "isolate", equipment_mrid=self.fuse) == "done"
        assert self.ask("failed", "cold_load", equipment_mrid=self.fuse) == "failed"

    def _study(self) -> None:
        number = self.post("operator", "studies", model=self.model, name="A fault", base="present")["study"]
        self.post("operator", f"studies/{number}/elements", kind="cut", device=self.line, terminal=1)
        self.post("operator", f"studies/{number}/actions", device=self.breaker, action="fault")
        for kind in ("power_flow", "restoration"):
            self.post("operator", f"studies/{number}/answers/{kind}")
            self.until_over("operator", f"studies/{number}/answers/{kind}")
        self.pages["study"] = f"/studies/{number}/?branch={self.fuse_branch}"
        self.pages["study, faulted"] = f"/studies/{number}/?branch={self.breaker_branch}"
