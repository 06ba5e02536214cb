"""Both engines on one outage over REST."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Number, Output
from adms.core.api.views import Endpoint
from outages.api.serializers import Sentence
from outages.selectors import outages, verdicts

TAG = "outages"


class MarginTold(Output):
    """How clear a verdict is: the condition that was nearest to turning it."""

    condition = serializers.CharField()
    value = Number()
    threshold = Number()
    text = serializers.CharField()


class PredictionTold(Output):
    """One outage an engine sees."""

    kind = serializers.CharField(help_text="outage, or single: one service at the transformer that is named.")
    device = serializers.CharField()
    device_name = serializers.CharField()
    phases = serializers.CharField()
    customers = serializers.IntegerField()
    reports = serializers.IntegerField(help_text="All it explains.")
    shared = serializers.IntegerField(help_text="Those of them that are this outage's.")
    margin = MarginTold(allow_null=True)
    explanation = Sentence(many=True)


class VerdictTold(Output):
    """What one engine says."""

    engine = serializers.CharField()
    acts = serializers.BooleanField(help_text="By the rule set of the area this engine decides.")
    agrees = serializers.BooleanField()
    differences = serializers.ListField(
        child=serializers.CharField(), help_text="nothing, kind, device, phases, number (it sees several)."
    )
    text = serializers.CharField()
    total = serializers.IntegerField(help_text="Outages it sees in these reports; the first ten are told.")
    predictions = PredictionTold(many=True)


class VerdictsTold(Output):
    """Both."""

    outage = serializers.IntegerField()
    rule_set = serializers.CharField()
    version = serializers.IntegerField(help_text="0: as built in.")
    reports = serializers.IntegerField(help_text="Open reports of the outage that were weighed.")
    nothing = serializers.CharField(help_text="Why there is nothing to weigh; empty where there is.")
    verdicts = VerdictTold(many=True)


class Verdicts(Endpoint):
    """/outages/{id}/verdicts."""

    @schema.operation("Ask both engines about an outage", tag=TAG, tells=VerdictsTold)
    def get(self, request: Request, outage_id: int) -> Response:  # noqa: ARG002
        """Over the evidence as it stands now, by the numbers of the area's rule set; the one that acts first. Nothing moves."""
        found = outages.outage(self.actor, outage_id)
        told = verdicts.of(found, self.at)
        return Response(
            {
                "outage": found.pk,
                "rule_set": told.rules.name,
                "version": told.rules.version,
                "reports": told.reports,
                "nothing": told.nothing,
                "verdicts": verdicts.as_json(told, found),
            }
        )
