"""What is asked and told of customers."""

from rest_framework import serializers

from adms.core.api.fields import Input, Output, Time


class CustomerQuery(Input):
    """Whom to look for."""

    q = serializers.CharField(
        min_length=2, max_length=100, help_text="Words of name, address or phone; the beginning of account or meter."
    )
    limit = serializers.IntegerField(min_value=1, max_value=200, default=20)


class Customer(Output):
    """A customer at the place of supply."""

    usage_point = serializers.IntegerField(source="id")
    name = serializers.CharField(help_text="Of the usage point.")
    customer = serializers.CharField()
    account_number = serializers.CharField()
    customer_number = serializers.CharField(
        help_text="Of the person, who may have several accounts; empty where not told."
    )
    agreement_number = serializers.CharField(help_text="By which the account is supplied here; empty where not told.")
    k_number = serializers.CharField(help_text="Of the service connection; empty where not told.")
    premises = serializers.CharField(help_text="As the customer system calls the place; empty where not told.")
    address = serializers.CharField()
    phone = serializers.CharField()
    critical = serializers.CharField(help_text="life_support, hospital, water, or empty.")
    area = serializers.CharField()
    model = serializers.CharField()
    device = serializers.CharField(source="equipment_mrid", help_text="mRID of the service transformer.")
    phases = serializers.CharField()
    meter_number = serializers.CharField()
    power = serializers.ChoiceField(["on", "off", "unknown"], help_text="The meter's latest word.")
    power_at = Time(allow_null=True)


class ReadingQuery(Input):
    """Which readings."""

    type = serializers.CharField(max_length=120, default="", help_text="Code of the ReadingType; empty: all.")
    first_at = Time(default=None, allow_null=True)
    last_at = Time(default=None, allow_null=True)
    limit = serializers.IntegerField(min_value=1, max_value=5_000, default=1_000)


class Reading(Output):
    """One value of a meter."""

    type = serializers.CharField(
        help_text="Code of eighteen fields (IEC 61968-9); it tells unit, multiplier and interval."
    )
    read_at = Time(help_text="Of an interval its end.")
    value = serializers.FloatField()
    quality = serializers.ListField(child=serializers.CharField(), help_text="Codes system.category.index, e.g. 1.4.4.")
    reason = serializers.CharField(help_text="Why it was read, e.g. billing, where that was told.")
    mark = serializers.CharField(help_text="Code of what validation found wrong, e.g. 3.6.5; empty: nothing.")
    is_estimated = serializers.BooleanField(help_text="Ours, until the meter's own word comes.")
    recorded_at = Time()


class Readings(Output):
    """Readings, the latest first."""

    results = Reading(many=True)


class ReadingDayQuery(Input):
    """Which days."""

    type = serializers.CharField(max_length=120, default="", help_text="Code of the ReadingType; empty: all.")
    limit = serializers.IntegerField(min_value=1, max_value=400, default=31)


class ReadingDay(Output):
    """One local day of interval readings of a meter, and how it was judged."""

    type = serializers.CharField()
    day = serializers.DateField()
    is_due = serializers.BooleanField(help_text="It is to be judged (again): not over yet, or told anew.")
    expected = serializers.IntegerField(help_text="Intervals of the day.")
    told = serializers.IntegerField()
    estimated = serializers.IntegerField()
    suspect = serializers.IntegerField()
    total = serializers.FloatField(allow_null=True, help_text="Of all told and estimated, in the unit of the type.")
    found = serializers.DictField(child=serializers.IntegerField(), help_text="Codes 3.category.index, how often each.")
    validated_at = Time(allow_null=True)
    asked_at = Time(allow_null=True, help_text="When the meter was asked for what is missing.")


class ReadingDays(Output):
    """Days, the latest first."""

    results = ReadingDay(many=True)


class FailingMeterQuery(Input):
    """Which meters that are not read."""

    days = serializers.IntegerField(min_value=1, max_value=62, default=7, help_text="Trouble reported in so many days.")
    never = serializers.BooleanField(default=True, help_text="Also those that were never read.")
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=200)


class FailingMeter(Output):
    """A meter that was never read, or cannot be read as far as it last said."""

    number = serializers.CharField()
    usage_point = serializers.CharField(help_text="Its name.")
    area = serializers.CharField()
    latest_reading_at = Time(allow_null=True, help_text="Null: none ever.")
    code = serializers.CharField(
        help_text="domain.subDomain.eventOrAction of its trouble; empty: it was only never read."
    )
    words = serializers.CharField()
    occurred_at = Time(allow_null=True)


class FailingMeters(Output):
    """Those in trouble first, the latest word first."""

    results = FailingMeter(many=True)


class ReadingsWanted(Input):
    """Which meters are asked for which readings."""

    meters = serializers.ListField(
        child=serializers.CharField(max_length=60), min_length=1, max_length=1_000, help_text="Meter numbers."
    )
    types = serializers.ListField(
        child=serializers.CharField(max_length=120), min_length=1, max_length=20, help_text="Codes of ReadingTypes."
    )
    first_at = Time()
    last_at = Time(help_text="62 days after first_at at most.")
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class ReadingsAsked(Output):
    """What was asked: a request for each message to a head-end."""

    meters = serializers.IntegerField()
    requests = serializers.ListField(child=serializers.UUIDField(), help_text="CorrelationIDs of the answers.")


class GenerationMarked(Input):
    """Meters, and whether a generator feeds in behind them."""

    numbers = serializers.ListField(
        child=serializers.CharField(max_length=60), min_length=1, max_length=10_000, help_text="Meter numbers."
    )
    has_generation = serializers.BooleanField()


class GenerationTold(Output):
    """What was changed."""

    changed = serializers.IntegerField(help_text="Meters of which it was not so before.")


class Customers(Output):
    """Customers found."""

    results = Customer(many=True)
