"""The as-operated network by REST: past seconds, normal against present, temporary elements, commissioning."""

from dataclasses import asdict
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from network.api import as_operated_shapes as shapes
from network.domain import phases as ph
from network.selectors import abnormal, devices, history, state
from network.selectors import temporary as placed
from network.selectors.state import NetworkState
from network.services import commissioning, temporary
from network.services.commissioning import Wanted
from network.services.temporary import NewElement

TAG = "as operated"


class State(Endpoint):
    """/network/{model}/state."""

    @schema.operation("Show the network at a second", tag=TAG, query=shapes.StateQuery, tells=shapes.State)
    def get(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """Who had supply, and what was not normal: by the field's time, or (as_known) by what was known here."""
        query = self.query(shapes.StateQuery)
        then = history.then(model, query["at"] or self.at, as_known=query["as_known"], now=self.at)
        unusual = abnormal.listed(then.state, at=then.at, as_known=then.as_known)
        told = _told(then.state, unusual) | {
            "at": then.at,
            "as_known": then.as_known,
            "since": then.since,
            "previous_change": then.previous,
            "next_change": then.next,
            "customers": then.customers,
            "customers_without_supply": then.customers_out,
            "dead_branches": history.dead_branches(then.state),
        }
        return Response(shapes.State(told).data)


class Abnormal(Endpoint):
    """/network/{model}/abnormal."""

    @schema.operation("Compare the network with its normal state", tag=TAG, tells=shapes.Abnormal)
    def get(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """Switches out of their normal position, temporary elements and what is not commissioned: since when, by whom, why."""
        present = state.present(model)
        return Response(shapes.Abnormal(_told(present, abnormal.listed(present))).data)


class Temporaries(Endpoint):
    """/network/{model}/temporary."""

    @schema.operation(
        "List temporary elements", tag=TAG, query=shapes.TemporaryQuery, tells=shapes.Temporary, is_page=True
    )
    def get(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """Cuts, jumpers, grounds and mobile generation that stand now, or that ever stood."""
        query = self.query(shapes.TemporaryQuery)
        return self.page(placed.rows(model, is_standing=query["is_standing"]), query, shapes.Temporary)

    @schema.operation(
        "Place a temporary element", tag=TAG, takes=shapes.PlaceTemporary, tells=shapes.Temporary, status=201
    )
    def post(self, request: Request, model: str) -> Response:  # noqa: ARG002
        """Place a cut, jumper, ground or mobile generation. What would energise a ground, or earth what is live, is refused."""
        given = self.body(shapes.PlaceTemporary)
        new = NewElement(
            model=model,
            kind=given["kind"],
            equipment_mrid=given["device"],
            terminal=given["terminal"],
            other_equipment_mrid=given["other_device"],
            other_terminal=given["other_terminal"],
            phases=ph.parse(given["phases"]) if given["phases"] else None,
            fraction=given["fraction"],
            name=given["name"],
            reason=given["reason"],
            source=given["reported_by"],
            occurred_at=given["occurred_at"],
        )
        return Response(shapes.Temporary(temporary.place(actor=self.actor, new=new, at=self.at)).data, status=201)


class Remove(Endpoint):
    """/temporary/{mrid}/remove."""

    @schema.operation("Remove a temporary element", tag=TAG, takes=shapes.RemoveTemporary, tells=shapes.Temporary)
    def post(self, request: Request, mrid: str) -> Response:  # noqa: ARG002
        """Take it away; refused where that would energise a ground."""
        given = self.body(shapes.RemoveTemporary)
        removed = temporary.remove(
            actor=self.actor,
            mrid=mrid,
            reason=given["reason"],
            source=given["reported_by"],
            occurred_at=given["occurred_at"],
            at=self.at,
        )
        return Response(shapes.Temporary(removed).data)


class Commission(Endpoint):
    """/devices/{mrid}/commissioning."""

    @schema.operation("Commission a device", tag=TAG, takes=shapes.Commission, tells=shapes.Commissioned)
    def post(self, request: Request, mrid: str) -> Response:  # noqa: ARG002
        """Take a device into the network or out of it, whatever its position; no import of the model undoes it."""
        given = self.body(shapes.Commission)
        model = devices.device(mrid, given["model"]).version.model.key
        wanted = Wanted(model, mrid, given["is_commissioned"], given["life"], given["reason"])
        return Response(shapes.Commissioned(commissioning.commission(actor=self.actor, wanted=wanted, at=self.at)).data)


def _told(shown: NetworkState, unusual: list[abnormal.Unusual]) -> dict[str, Any]:
    return {"model": shown.model, "version": shown.version, "unusual": [asdict(one) for one in unusual]}
