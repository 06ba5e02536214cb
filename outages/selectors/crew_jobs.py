"""What crews have been told to do and have not ended: steps of switching orders, and work orders."""

from outages.models import SwitchingStep
from workforce.selectors import crews


def elsewhere(order: int = -1) -> dict[str, tuple[str, ...]]:
    """By key of the crew, in words: steps it was instructed and has not reported, but those of one order, and the work it is on."""
    found: dict[str, list[str]] = {}
    steps = SwitchingStep.objects.filter(state="instructed").exclude(order=order).select_related("order")
    for step in steps.order_by("order", "position"):
        found.setdefault(step.crew, []).append(f"{step.order.reference} step {step.position}")
    for crew in crews.crews():
        for job in getattr(crew, "live", ()):
            found.setdefault(crew.key, []).append(f"{job.work_order.title} ({job.get_state_display().lower()})")
    return {key: tuple(jobs) for key, jobs in found.items()}
