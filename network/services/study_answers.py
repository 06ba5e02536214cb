"""What is asked of a study takes seconds of a processor, so it is a job: the row is the record, and a ring wakes a worker.

Of each kind a study keeps the newest answer, with the action it was asked after: the page says when the study has gone on since.
Other apps register what they can answer (`answers`).
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from adms.core import bell
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, long_work
from network.domain import charted
from network.domain.physics.results import Violation
from network.models import Study, StudyAnswer
from network.selectors import state, studies
from network.selectors.state import NetworkState
from network.services import power_flow_asked
from network.services.power_flow_asked import Effort
from network.services.studies import locked

log = logging.getLogger(__name__)

BELL = "study_answers"
ATTEMPTS = 2
MOST_VIOLATIONS = 200
Kind, State = StudyAnswer.Kind, StudyAnswer.State
WAITING = (State.QUEUED, State.RUNNING)
Clock = Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class Asked:
    """A study in the state in which it was asked, and whom to tell how far the answer is."""

    study: Study
    reached: studies.StudyState
    network: NetworkState
    at: dt.datetime
    progress: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: what is told, and bytes per branch for the map."""

    told: dict[str, Any]
    loading: bytes = b""
    voltage: bytes = b""


class StudyAnswered(Refused):
    """The answer is there already, or nothing was asked."""

    code = "study_answered"
    status = 409


class _Cancelled(Exception):
    """Nobody wants the answer any more."""


_answers: dict[str, Callable[[Asked], Found]] = {}


def answers(kind: str) -> Callable[[Callable[[Asked], Found]], Callable[[Asked], Found]]:
    """Decorator of what answers one kind of question. It may refuse; the refusal is the answer then."""

    def register(answer: Callable[[Asked], Found]) -> Callable[[Asked], Found]:
        _answers[kind] = answer
        return answer

    return register


@transaction.atomic
def ask(*, actor: Actor, number: int, kind: str, at: dt.datetime) -> StudyAnswer:
    """Ask something of a study as it stands now; what was asked before of this kind is dropped.

    Raises:
        NotAuthorised: no role that may study.
        NotFound: no study of this person.
        Invalid: nothing of this kind can be asked.
    """
    study = locked(actor, number, at)
    if kind not in Kind.values:
        raise Invalid(f"no question {kind!r}", field="kind", known=Kind.values)
    study.answers.filter(kind=kind).delete()
    row = study.answers.create(kind=kind, of_action=studies.last_held(study), asked_at=at)
    audit.record(actor=actor, action="ask_study", object_=f"study {study.pk}", after={"kind": kind}, at=at)
    transaction.on_commit(lambda: bell.ring(BELL))
    return row


@transaction.atomic
def cancel(*, actor: Actor, number: int, kind: str, at: dt.datetime) -> None:
    """Do without an answer that is not there yet. A worker that is at it stops at its next word.

    Raises:
        NotAuthorised: no role that may study.
        NotFound: no study of this person.
        StudyAnswered: nothing of this kind waits.
    """
    study = locked(actor, number, at)
    rows = study.answers.filter(kind=kind, state__in=WAITING)
    if not rows.update(state=State.CANCELLED, ended_at=at, stage=""):
        raise StudyAnswered("nothing is being computed", study=number)
    audit.record(actor=actor, action="cancel_study_answer", object_=f"study {number}", after={"kind": kind}, at=at)


def current(study: Study, kind: str) -> StudyAnswer:
    """The answer of a kind that is done, and of the state in which the study is now.

    Raises:
        NotFound: there is none.
        StudyAnswered: the study has gone on since.
    """
    row = study.answers.filter(kind=kind, state=State.DONE).first()
    if row is None:
        raise NotFound("nothing was computed for this study", study=study.pk, kind=kind)
    if row.of_action != studies.last_held(study):
        raise StudyAnswered(
            "the study has gone on since this was computed: compute it again", study=study.pk, kind=kind
        )
    return row


def run_waiting(*, clock: Clock) -> int:
    """Answer what nobody else is answering, the oldest first; how many were answered."""
    return long_work.do_waiting(BELL, _waiting(), lambda pk: _run(pk, clock))


def ring_for_waiting() -> bool:
    """Ring again for what waits, or whose worker has died; whether there is any."""
    return long_work.ring_for_waiting(BELL, _waiting())


def _waiting() -> list[uuid.UUID]:
    rows = StudyAnswer.objects.filter(state__in=WAITING).order_by("asked_at", "pk")
    return list(rows.values_list("pk", flat=True))


def _run(pk: uuid.UUID, clock: Clock) -> bool:
    row = StudyAnswer.objects.select_related("study__model", "study__version").filter(pk=pk, state__in=WAITING).first()
    if row is None:
        return False
    if row.attempts >= ATTEMPTS:
        return _end(pk, clock(), state=State.FAILED, error=f"given up: its worker ended {ATTEMPTS} times")
    StudyAnswer.objects.filter(pk=pk).update(state=State.RUNNING, attempts=row.attempts + 1)
    try:
        found = _found(row, clock())
    except (OperationalError, InterfaceError):
        raise  # the database went away: the row is as it was, and is taken up again
    except _Cancelled:
        return False
    except Refused as refused:
        return _end(pk, clock(), state=State.FAILED, error=refused.message)
    except Exception:  # whatever goes wrong, the asker is told and the next is answered
        incident = uuid.uuid4().hex[:12]
        log.exception("incident %s in study %s", incident, row.study_id)
        told = f"something went wrong here; it has been logged as incident {incident}"
        return _end(pk, clock(), state=State.FAILED, error=told)
    return _end(pk, clock(), state=State.DONE, told=found.told, loading=found.loading, voltage=found.voltage)


def _found(row: StudyAnswer, at: dt.datetime) -> Found:
    if studies.last_held(row.study) != row.of_action:
        raise StudyAnswered("the study went on before this was computed: ask again")
    reached = studies.state_of(row.study)
    asked = Asked(row.study, reached, studies.network_state(row.study, reached), at, lambda told: _tell(row.pk, told))
    return _answers[row.kind](asked)


def _tell(pk: uuid.UUID, told: str) -> None:
    if not StudyAnswer.objects.filter(pk=pk, state=State.RUNNING).update(stage=told[:200]):
        raise _Cancelled


def _end(pk: uuid.UUID, at: dt.datetime, **values: Any) -> bool:
    """The end, once: whoever finds it cancelled, or asked anew, writes nothing."""
    return bool(StudyAnswer.objects.filter(pk=pk, state__in=WAITING).update(ended_at=at, stage="", **values))


@answers(Kind.POWER_FLOW)
def power_flow(asked: Asked) -> Found:
    """The alternating-current power flow of the whole study, at the load of now."""
    operated = state.present(asked.study.model.key)
    effort = Effort(with_arrays=True, progress=asked.progress)
    found = power_flow_asked.answer_of(then=asked.network, operated=operated, at=asked.at, effort=effort)
    base = asked.reached.fitted.base
    loading, voltage = b"", b""
    if found.loading is not None and found.voltage is not None:
        loading = charted.loading_bytes(found.loading[: base.branch_count])
        by_branch = charted.voltage_by_branch(base, found.voltage[: base.node_count])
        voltage = charted.voltage_bytes(by_branch)
    told = {
        "engine": found.engine,
        "converged": found.converged,
        "reason": found.reason,
        "figures": found.figures,
        "violations": [_violation(asked.network, one) for one in found.violations[:MOST_VIOLATIONS]],
        "violations_in_all": len(found.violations),
    }
    return Found(told, loading, voltage)


def _violation(network: NetworkState, one: Violation) -> dict[str, Any]:
    """A violation with the branch at which the map shows it."""
    grid = network.grid
    branch, node = grid.branch_index(one.mrid), grid.node_index(one.mrid)
    near = branch if branch >= 0 else int(network.energisation.parent_branch[node]) if node >= 0 else -1
    told = {name: getattr(one, name) for name in ("kind", "name", "phase", "value", "limit", "mrid")}
    return told | {"branch": near if near >= 0 else None}
