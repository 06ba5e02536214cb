"""What an import reports: what was taken, what was skipped, what is wrong (contract of `import_model`)."""

from typing import Any

from integration.services.models import Published
from network.domain.draft import Finding, ModelDraft

LISTED = 1000


def report(draft: ModelDraft, published: Published | None) -> dict[str, Any]:
    """The document; the findings at most LISTED, errors first as the gate orders them."""
    return {
        "model": published.name if published else draft.name,
        "key": published.key if published else "",
        "version": published.number if published else None,
        "published": bool(published and published.is_published),
        "classes": draft.classes,
        "nodes": len(draft.nodes),
        "branches": len(draft.branches),
        "switches": sum(branch.is_switch for branch in draft.branches.values()),
        "customers": len(draft.usage_points) or sum(one.customer_count or 0 for one in draft.injections.values()),
        "skipped": draft.skipped,
        "skipped_attributes": draft.skipped_attributes,
        "findings": [_finding(finding) for finding in draft.findings[:LISTED]],
        "findings_in_all": len(draft.findings),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "class": finding.cim_class,
        "object": finding.object,
        "line": finding.line,
        "text": finding.text,
    }
