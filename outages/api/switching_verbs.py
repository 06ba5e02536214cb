"""What is done with a switching order, its steps and its safety documents over REST: one address for each verb."""

from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.api import schema
from outages.api.switching import (
    TAG,
    AbortOrder,
    Base,
    DocumentTold,
    OrderDetail,
    OrderReason,
    OrderSeen,
    RehearseOrder,
    StepInstruct,
    StepNote,
    StepOperate,
    StepReport,
    StepResolve,
    StepSelect,
    StepSelected,
    StepTold,
    WriteDocument,
)
from outages.services.switching import approving, drafting, executing, rehearsal_jobs, reporting, safety


class Rehearse(Base):
    """/switching-orders/{id}/rehearse."""

    @schema.operation("Rehearse a switching order", tag=TAG, takes=RehearseOrder, tells=OrderDetail, status=202)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """Ask for effect of each step, power flow and conflicts, on a copy of the network; `latest_rehearsal` tells how far it is."""
        rehearsal_jobs.ask(actor=self.actor, order_id=order_id, at=self.at, **self.body(RehearseOrder))
        return self.told(order_id, 202)


class CancelRehearsal(Base):
    """/switching-orders/{id}/rehearse/cancel."""

    @schema.operation("Cancel the rehearsal that is under way", tag=TAG, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """Nothing of it is kept."""
        rehearsal_jobs.cancel(actor=self.actor, order_id=order_id, at=self.at)
        return self.told(order_id)


class RequestOrder(Base):
    """/switching-orders/{id}/request."""

    @schema.operation("Request its preparation", tag=TAG, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """The draft is complete enough to be worked on."""
        drafting.request(actor=self.actor, order_id=order_id, at=self.at)
        return self.told(order_id)


class Prepare(Base):
    """/switching-orders/{id}/prepare."""

    @schema.operation("Prepare it", tag=TAG, takes=OrderSeen, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """Its content is kept as a version and stands."""
        approving.prepare(actor=self.actor, order_id=order_id, at=self.at, **self.body(OrderSeen))
        return self.told(order_id)


class Check(Base):
    """/switching-orders/{id}/check."""

    @schema.operation("Check it", tag=TAG, tells=OrderDetail, may_wait=True)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """Refused where its rehearsal finds errors. 202: it is rehearsed first, `latest_rehearsal` tells how far that is."""
        return self.decided(order_id, "check")


class Approve(Base):
    """/switching-orders/{id}/approve."""

    @schema.operation("Approve it", tag=TAG, takes=OrderSeen, tells=OrderDetail, may_wait=True)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """Another person than any of its authors. 202: it is rehearsed first, `latest_rehearsal` tells how far that is."""
        return self.decided(order_id, "approve", **self.body(OrderSeen))


class Reject(Base):
    """/switching-orders/{id}/reject."""

    @schema.operation("Reject it", tag=TAG, takes=OrderReason, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """With a reason."""
        approving.reject(actor=self.actor, order_id=order_id, at=self.at, **self.body(OrderReason))
        return self.told(order_id)


class Rework(Base):
    """/switching-orders/{id}/rework."""

    @schema.operation("Take it back for rework", tag=TAG, takes=OrderReason, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """A new version begins."""
        drafting.rework(actor=self.actor, order_id=order_id, at=self.at, **self.body(OrderReason))
        return self.told(order_id)


class Schedule(Base):
    """/switching-orders/{id}/schedule."""

    @schema.operation("Schedule it", tag=TAG, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """It has its place in the plan of the shift."""
        approving.schedule(actor=self.actor, order_id=order_id, at=self.at)
        return self.told(order_id)


class Issue(Base):
    """/switching-orders/{id}/issue."""

    @schema.operation("Issue it", tag=TAG, tells=OrderDetail, may_wait=True)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """With what is true now. 202: it is rehearsed first, `latest_rehearsal` tells how far that is."""
        return self.decided(order_id, "issue")


class Cancel(Base):
    """/switching-orders/{id}/cancel."""

    @schema.operation("Cancel it", tag=TAG, takes=OrderReason, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """No step has begun."""
        approving.cancel(actor=self.actor, order_id=order_id, at=self.at, **self.body(OrderReason))
        return self.told(order_id)


class Complete(Base):
    """/switching-orders/{id}/complete."""

    @schema.operation("Complete it", tag=TAG, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """Every step has its end, nobody holds a document."""
        executing.complete(actor=self.actor, order_id=order_id, at=self.at)
        return self.told(order_id)


class Abort(Base):
    """/switching-orders/{id}/abort."""

    @schema.operation("Abort it", tag=TAG, takes=AbortOrder, tells=OrderDetail)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """Steps that undo what was done follow."""
        executing.abort(actor=self.actor, order_id=order_id, at=self.at, **self.body(AbortOrder))
        return self.told(order_id)


class InstructStep(Base):
    """/switching-orders/{id}/steps/{key}/instruct."""

    @schema.operation("Instruct a step to a crew", tag=TAG, takes=StepInstruct, tells=StepTold)
    def post(self, request: Request, order_id: int, step: str) -> Response:  # noqa: ARG002
        """The gate is asked first."""
        return self.step_told(
            executing.instruct(actor=self.actor, order_id=order_id, step=step, at=self.at, **self.body(StepInstruct))
        )


class TakeBackStep(Base):
    """/switching-orders/{id}/steps/{key}/take-back."""

    @schema.operation("Take an instruction back", tag=TAG, tells=StepTold)
    def post(self, request: Request, order_id: int, step: str) -> Response:  # noqa: ARG002
        """The crew has not done it."""
        return self.step_told(executing.take_back(actor=self.actor, order_id=order_id, step=step, at=self.at))


class ReportStep(Base):
    """/switching-orders/{id}/steps/{key}/report."""

    @schema.operation("Report a step", tag=TAG, takes=StepReport, tells=StepTold)
    def post(self, request: Request, order_id: int, step: str) -> Response:  # noqa: ARG002
        """By the crew it was instructed to, or for it."""
        return self.step_told(
            reporting.report(actor=self.actor, order_id=order_id, step=step, at=self.at, **self.body(StepReport))
        )


class DoStep(Base):
    """/switching-orders/{id}/steps/{key}/do."""

    @schema.operation("Do a step in the control room", tag=TAG, takes=StepNote, tells=StepTold)
    def post(self, request: Request, order_id: int, step: str) -> Response:  # noqa: ARG002
        """Tags, notes, verifications: what needs no command."""
        return self.step_told(
            executing.do(actor=self.actor, order_id=order_id, step=step, at=self.at, **self.body(StepNote))
        )


class OperateStep(Base):
    """/switching-orders/{id}/steps/{key}/operate."""

    @schema.operation("Operate what was selected for a step", tag=TAG, takes=StepOperate, tells=StepTold)
    def post(self, request: Request, order_id: int, step: str) -> Response:  # noqa: ARG002
        """Telemetered, the step is pending until its position is reported."""
        return self.step_told(
            executing.operate(actor=self.actor, order_id=order_id, step=step, at=self.at, **self.body(StepOperate))
        )


class ResolveStep(Base):
    """/switching-orders/{id}/steps/{key}/resolve."""

    @schema.operation("Say what became of a pending command", tag=TAG, takes=StepResolve, tells=StepTold)
    def post(self, request: Request, order_id: int, step: str) -> Response:  # noqa: ARG002
        """And how it is known."""
        return self.step_told(
            executing.resolve(actor=self.actor, order_id=order_id, step=step, at=self.at, **self.body(StepResolve))
        )


class LeaveOutStep(Base):
    """/switching-orders/{id}/steps/{key}/leave-out."""

    @schema.operation("Leave a step out", tag=TAG, takes=OrderReason, tells=StepTold)
    def post(self, request: Request, order_id: int, step: str) -> Response:  # noqa: ARG002
        """With a reason."""
        return self.step_told(
            executing.leave_out(actor=self.actor, order_id=order_id, step=step, at=self.at, **self.body(OrderReason))
        )


class SelectStep(Base):
    """/switching-orders/{id}/steps/{key}/select."""

    @schema.operation("Select the switch of a step", tag=TAG, takes=StepSelect, tells=StepSelected)
    def post(self, request: Request, order_id: int, step: str) -> Response:  # noqa: ARG002
        """The checks of the gate, the look-ahead and the lease."""
        given = self.body(StepSelect)
        operation = executing.select(actor=self.actor, order_id=order_id, step=step, at=self.at, **given)
        return Response(StepSelected(operation).data)


class Documents(Base):
    """/switching-orders/{id}/documents."""

    @schema.operation("Draft a safety document", tag=TAG, takes=WriteDocument, tells=DocumentTold, status=201)
    def post(self, request: Request, order_id: int) -> Response:  # noqa: ARG002
        """A permit, clearance, hold or sanction for test."""
        new = safety.NewDocument(**self.body(WriteDocument))
        return self.document_told(safety.draft(actor=self.actor, order_id=order_id, new=new, at=self.at), 201)


class IssueDocument(Base):
    """/safety-documents/{id}/issue."""

    @schema.operation("Issue a safety document", tag=TAG, tells=DocumentTold)
    def post(self, request: Request, document_id: int) -> Response:  # noqa: ARG002
        """Its points must be as its kind demands."""
        return self.document_told(safety.issue(actor=self.actor, document_id=document_id, at=self.at))


class ReleaseDocument(Base):
    """/safety-documents/{id}/release."""

    @schema.operation("Release a safety document", tag=TAG, tells=DocumentTold)
    def post(self, request: Request, document_id: int) -> Response:  # noqa: ARG002
        """By its holder, once every crew is clear."""
        return self.document_told(safety.release(actor=self.actor, document_id=document_id, at=self.at))


class CancelDocument(Base):
    """/safety-documents/{id}/cancel."""

    @schema.operation("Cancel a draft of a safety document", tag=TAG, tells=DocumentTold)
    def post(self, request: Request, document_id: int) -> Response:  # noqa: ARG002
        """It was never issued."""
        return self.document_told(safety.cancel(actor=self.actor, document_id=document_id, at=self.at))


class ReportClear(Base):
    """/safety-documents/{id}/clear."""

    @schema.operation("Report a crew clear", tag=TAG, takes=StepInstruct, tells=DocumentTold)
    def post(self, request: Request, document_id: int) -> Response:  # noqa: ARG002
        """By the crew itself, or for it."""
        return self.document_told(
            safety.report_clear(actor=self.actor, document_id=document_id, at=self.at, **self.body(StepInstruct))
        )
