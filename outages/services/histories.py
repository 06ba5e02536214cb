"""History of outages that may go: what was suggested and never became an order."""

from adms.core.retention import Kept, declare

declare(
    Kept(
        name="suggestions",
        table="outages_switchingsuggestion",
        what="Switching that was suggested to somebody; an order written from it stays.",
        days=30,
        least_days=1,
        condition="one.asked_at < %(cutoff)s AND one.state NOT IN ('queued', 'running')",
    )
)
