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
