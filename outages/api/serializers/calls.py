"""What is asked and told of calls."""

from typing import Any

from rest_framework import serializers

from adms.core.api.fields import Input, Key, Output, Text, Time
from adms.core.api.paging import PageQuery
from outages.api.serializers.shared import maybe
from outages.domain.trouble_codes import DEFAULT as TROUBLE_CODES


class CallQuery(PageQuery):
    """Which calls."""

    area = Text(60)
    source = Text(80)  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
    outage = maybe(Key)
    hazard = maybe(serializers.BooleanField)


class EnterCall(Input):
    """A trouble call. The place is a usage point, named in one of four ways; without one it is a call from nowhere known."""

    usage_point = maybe(Key)
    usage_point_mrid, usage_point_name, account_number = Text(80), Text(80), Text(40)
    mrid = Text(80, help_text="The ticket's id in your system: the same again is the same call.")
    reported_at = maybe(Time)
    trouble_codes = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=20,
        required=False,
        default=["NO_POWER"],
        help_text=f"Others are kept too and count as OTHER: {', '.join(sorted(TROUBLE_CODES))}",
    )
    caller_name, phone, address, hazard = Text(150), Text(40), Text(200), Text(60)
    comment = Text(2000)
    wants_callback = serializers.BooleanField(default=False)
    area = Text(60, help_text="Where no usage point is known.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One name of the place is enough; two may disagree."""
        named = [n for n in ("usage_point_mrid", "usage_point_name", "account_number") if attrs[n]]
        if len(named) + (attrs["usage_point"] is not None) > 1:
            raise serializers.ValidationError({(named or ["usage_point"])[0]: ["name the place in one way only"]})
        return attrs


class CallTaken(Output):
    """A call as it was taken: nothing of the customer that the caller did not say."""

    id = serializers.IntegerField()
    mrid = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
    area = serializers.CharField(source="area.key")
    usage_point = serializers.IntegerField(source="usage_point_id", allow_null=True)
    trouble_codes = serializers.ListField(child=serializers.CharField())
    priority = serializers.IntegerField()
    outage = serializers.IntegerField(source="outage_id", allow_null=True)
    reported_at = Time()
    recorded_at = Time()
    taken_by = serializers.CharField()


class CallTold(CallTaken):
    """A call with who called and from where."""

    caller_name = serializers.CharField()
    phone = serializers.CharField()
    address = serializers.CharField()
    hazard = serializers.CharField()
    comment = serializers.CharField()
    wants_callback = serializers.BooleanField()
