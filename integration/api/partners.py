"""Partners over REST: what is exchanged with each and how. They are made by `create_partner` or on a page, where the token is shown."""

import datetime as dt
from typing import ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.fields import Input, Output
from adms.core.api.views import Endpoint
from integration.models import Partner
from integration.selectors import partners as rows
from integration.services import partners
from integration.services.partners import Terms

MESSAGES = "messages"


class PartnerTerms(Output):
    """What is exchanged with a partner, and how."""

    source = serializers.CharField(  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
        help_text="Header.Source of its messages."
    )
    name = serializers.CharField()
    allowed = serializers.ListField(child=serializers.CharField(), help_text='What it may send: "verb Noun".')
    subscriptions = serializers.ListField(child=serializers.CharField(), help_text="Nouns it is told of.")
    filters = serializers.JSONField(
        help_text="By noun: areas, objects, verbs, values; see docs/subsystems/messages.md."
    )
    endpoint_url = serializers.CharField(allow_blank=True)
    dialect = serializers.JSONField(help_text="message, zone, namespaces, elements, name_types, codes, dropped, added.")
    is_active = serializers.BooleanField()
    heard_every_min = serializers.IntegerField(
        help_text="Silent for longer than so many minutes it is an alarm; 0: never."
    )
    certificate = serializers.CharField(
        allow_blank=True,
        help_text="PEM; its signatures, or its TLS client, are by this one, or by one of two while it is renewed.",
    )
    must_sign = serializers.BooleanField(help_text="What it sends unsigned is refused (7.3).")
    is_signed_to = serializers.BooleanField(help_text="What we send to it is signed.")


class PartnerList(Output):
    """Partners by name."""

    results = PartnerTerms(many=True)


class NewTerms(Input):
    """All of them: what is not named is empty from now on, but for the token and what is said of signatures."""

    allowed = serializers.ListField(child=serializers.CharField(max_length=100), max_length=200, default=list)
    subscriptions = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100, default=list)
    filters = serializers.DictField(child=serializers.DictField(), default=dict)
    endpoint_url = serializers.CharField(max_length=200, default="", allow_blank=True)
    endpoint_token = serializers.CharField(max_length=200, default="", allow_blank=True, help_text="Empty: as it is.")
    dialect = serializers.DictField(default=dict)
    is_active = serializers.BooleanField(default=True)
    heard_every_min = serializers.IntegerField(min_value=0, max_value=partners.MOST_SILENT_MIN, default=0)
    certificate = serializers.CharField(
        max_length=20_000,
        default=None,
        allow_null=True,
        allow_blank=True,
        help_text="PEM. Null: as it is; empty: none.",
    )
    must_sign = serializers.BooleanField(default=None, allow_null=True, help_text="Null: as it is.")
    is_signed_to = serializers.BooleanField(default=None, allow_null=True, help_text="Null: as it is.")


class Renewal(Input):
    """How long the token it has is good beside the new one."""

    overlap_h = serializers.IntegerField(
        min_value=0, max_value=partners.MOST_OVERLAP_H, default=24, help_text="0: it is refused at once."
    )


class RenewedToken(Output):
    """A new token, told this once."""

    token = serializers.CharField()
    former_until = serializers.DateTimeField(help_text="When those before it are refused.")


class Partners(Endpoint):
    """/partners."""

    reads: ClassVar[tuple[str, ...]] = ("inspect_messages", "manage_partners")

    @schema.operation("List partners", tag=MESSAGES, tells=PartnerList)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """What is exchanged with each; tokens are not told."""
        return Response(PartnerList({"results": list(Partner.objects.order_by("name"))}).data)


class OnePartner(Endpoint):
    """/partners/{source}."""

    reads: ClassVar[tuple[str, ...]] = ("inspect_messages", "manage_partners")

    @schema.operation("Show a partner", tag=MESSAGES, tells=PartnerTerms)
    def get(self, request: Request, source: str) -> Response:  # noqa: ARG002
        """What is exchanged with it, and how."""
        return Response(PartnerTerms(rows.by_source(source)).data)

    @schema.operation("Change what is exchanged with a partner", tag=MESSAGES, takes=NewTerms, tells=PartnerTerms)
    def put(self, request: Request, source: str) -> Response:  # noqa: ARG002
        """From now on; what waits for it goes out under the new terms."""
        body = self.body(NewTerms)
        terms = Terms(**body | {key: tuple(body[key]) for key in ("allowed", "subscriptions")})
        found = rows.by_source(source)
        changed = partners.change_partner(actor=self.actor, partner_id=found.pk, terms=terms, at=self.at)
        return Response(PartnerTerms(changed).data)


class PartnerToken(Endpoint):
    """/partners/{source}/token."""

    @schema.operation("Renew the token of a partner", tag=MESSAGES, takes=Renewal, tells=RenewedToken)
    def post(self, request: Request, source: str) -> Response:  # noqa: ARG002
        """Those it has are good for the overlap, then refused."""
        hours = self.body(Renewal)["overlap_h"]
        found = rows.by_source(source)
        _, token = partners.renew_token(actor=self.actor, partner_id=found.pk, overlap_h=hours, at=self.at)
        ends_at = self.at + dt.timedelta(hours=hours)
        return Response(RenewedToken({"token": token, "former_until": ends_at}).data)
