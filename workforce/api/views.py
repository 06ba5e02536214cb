"""Crews and assignments: one call inward each."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from adms.core.api.views import Endpoint
from workforce.api import serializers
from workforce.selectors import assignments
from workforce.selectors import crews as rows
from workforce.services import crews, work

CREWS = "crews"


class Work(Endpoint):
    """Whoever sees the network sees all crews; a crew sees itself."""

    reads: ClassVar[tuple[str, ...]] = ("see_network", "see_own_work")


class Crews(Work):
    """/crews."""

    @schema.operation("List crews", tag=CREWS, query=serializers.CrewQuery, tells=serializers.CrewTold, is_page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Crews with their shift, place and present work."""
        query = self.query(serializers.CrewQuery)
        visible = assignments.visible_crews(self.actor, area=query["area"], shift=query["shift"])
        found = [rows.describe(crew) for crew in rows.crews() if crew.key in visible]
        return self.page(found, query, serializers.CrewTold)


class Shift(Work):
    """/crews/{key}/shift."""

    @schema.operation("Set the shift of a crew", tag=CREWS, takes=serializers.SetShift, tells=serializers.CrewTold)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """On, off, or inactive with a reason."""
        given = self.body(serializers.SetShift)
        crew = crews.set_shift(actor=self.actor, key=key, shift=given["shift"], reason=given["reason"], at=self.at)
        return Response(serializers.CrewTold(rows.describe(crew)).data)


class Position(Work):
    """/crews/{key}/position."""

    @schema.operation("Tell where a crew is", tag=CREWS, takes=serializers.SetPosition, tells=serializers.CrewTold)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """The word of its vehicle; the board reckons with it how soon the crew can be anywhere. An older word changes nothing."""
        given = self.body(serializers.SetPosition)
        there_at = min(given["positioned_at"] or self.at, self.at)
        crew = crews.move_crew(actor=self.actor, key=key, x=given["x"], y=given["y"], at=there_at)
        return Response(serializers.CrewTold(rows.describe(crew)).data)


class Assignments(Work):
    """/assignments."""

    @schema.operation(
        "List assignments",
        tag=CREWS,
        query=serializers.AssignmentQuery,
        tells=serializers.AssignmentTold,
        is_page=True,
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Who is, or was, on which work; newest first."""
        query = self.query(serializers.AssignmentQuery)
        found = assignments.assignments(
            self.actor,
            crew=query["crew"],
            subject=query["subject"],
            state=query["state"],
            area=query["area"],
            is_live=query["is_live"],
        )
        return self.page(found, query, serializers.AssignmentTold)

    @schema.operation(
        "Assign a crew", tag=CREWS, takes=serializers.Assign, tells=serializers.AssignmentTold, status=201
    )
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Put a crew on a work order."""
        given = self.body(serializers.Assign)
        order = given["work_order"]
        order = assignments.work_order_of(given["subject"]) if order is None else order
        assigned = work.assign_crew(actor=self.actor, work_order_id=order, crew_key=given["crew"], at=self.at)
        return Response(serializers.AssignmentTold(assigned).data, status=201)


class Assignment(Work):
    """/assignments/{id}."""

    @schema.operation("Show an assignment", tag=CREWS, tells=serializers.AssignmentTold)
    def get(self, request: Request, assignment_id: int) -> Response:  # noqa: ARG002
        """How far a crew is."""
        return Response(serializers.AssignmentTold(assignments.assignment(self.actor, assignment_id)).data)

    @schema.operation("Report progress", tag=CREWS, takes=serializers.Progress, tells=serializers.AssignmentTold)
    def patch(self, request: Request, assignment_id: int) -> Response:  # noqa: ARG002
        """The next step of a crew; the same step again changes nothing."""
        given = self.body(serializers.Progress)
        moved = work.report_progress(
            actor=self.actor, assignment_id=assignment_id, state=given["state"], note=given["note"], at=self.at
        )
        return Response(serializers.AssignmentTold(moved).data)
