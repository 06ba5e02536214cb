"""What is asked and told of model imports."""

from rest_framework import serializers

from adms.core.api.fields import Input, Output, Text, Time
from integration.models import Job


class ImportQuery(Input):
    """How to import."""

    name = Text(120, help_text="Of the model; that of its feeder or files otherwise.")
    file = Text(200, help_text="Name of a raw body's file.")
    complete = serializers.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        allow_null=True,
        default=None,
        help_text="Seed: add synthetic protection, telemetry and customers where the model has none.",
    )
    customers = serializers.IntegerField(
        min_value=1, max_value=2_000_000, required=False, allow_null=True, default=None, help_text="With complete."
    )
    check = serializers.BooleanField(default=False, help_text="Read and check only: publish nothing.")
    stage = serializers.BooleanField(
        default=False, help_text="Stage a version to be looked at and published by a person, even one with errors."
    )


class JobTold(Output):
    """A piece of long work."""

    id = serializers.UUIDField()
    address = serializers.SerializerMethodField(help_text="Where to ask how far it is.")
    kind = serializers.CharField()
    asked_by = serializers.CharField()
    state = serializers.ChoiceField(Job.State.choices)
    stage = serializers.CharField()
    percent = serializers.IntegerField()
    counts = serializers.DictField(help_text="What has been done so far, such as objects.")
    log = serializers.ListField(child=serializers.ListField(), help_text="[time, stage, words].")
    result = serializers.DictField()
    error = serializers.CharField()
    created_at = Time()
    started_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)

    def get_address(self, job: Job) -> str:
        """Its address."""
        return f"/api/v1/jobs/{job.pk}"
