"""Which equipment supplies whom, of a whole model."""

from metering.models import UsagePoint


def by_usage_point(model: str) -> dict[str, str]:
    """By mRID of a usage point that is in the published version: the mRID of its service transformer or consumer."""
    rows = UsagePoint.objects.filter(model_key=model, node__gte=0).order_by()
    return dict(rows.values_list("mrid", "equipment_mrid"))
