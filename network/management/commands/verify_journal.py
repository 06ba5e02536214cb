"""Verify the journal of the operated network: no number missing, every change from where the switch stood, the present its sum."""

from typing import Any

from adms.core.commands import JsonCommand
from network.selectors import journal_check


class Command(JsonCommand):
    """Verify the journal of the operated network: no number missing, every change from where the switch stood, the present its sum."""

    help = __doc__

    def answer(self, **options: Any) -> dict[str, Any]:  # noqa: ARG002
        """Whether it is whole, and the first thing that is not."""
        verdict = journal_check.verify()
        bad = verdict.first_bad
        told = None if bad is None else {"area": bad.area, "number": bad.number, "why": bad.why}
        return {"ok": bad is None, "rows": verdict.rows, "first_bad": told}

    def words(self, document: dict[str, Any]) -> str:
        """One line."""
        if document["ok"]:
            return f"whole: {document['rows']:,} entries"
        bad = document["first_bad"]
        return f"NOT WHOLE in area {bad['area']} at number {bad['number']}: {bad['why']}"
