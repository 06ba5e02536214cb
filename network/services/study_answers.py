"""What is asked of a study takes seconds of a processor, so it is a job (`adms.core.services.long_jobs`).

Of each kind a study keeps the newest answer, with the action it was asked after: the page says when the study has gone on since.
Other apps register what they can answer (`answers`).
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import audit, long_jobs
from adms.core.services.long_jobs import Clock, Keep, Tell
from network.domain import charted
from network.domain.physics.results import Violation
from network.models import Study, StudyAnswer
from network.selectors import state, studies
from network.selectors.state import NetworkState
from network.services import power_flow_asked
from network.services.power_flow_asked import Effort
from network.services.studies import locked

BELL = "study_answers"
MOST_VIOLATIONS = 200
Kind, State = StudyAnswer.Kind, StudyAnswer.State


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


_answers: dict[str, Callable[[Asked], Found]] = {}
_words: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def answers(kind: str) -> Callable[[Callable[[Asked], Found]], Callable[[Asked], Found]]:
    """Decorator of what answers one kind of question. It may refuse; the refusal is the answer then."""

    def register(answer: Callable[[Asked], Found]) -> Callable[[Asked], Found]:
        _answers[kind] = answer
        return answer

    return register


def worded(kind: str, words: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Let answers of a kind that are kept as phrases be told in the reader's words."""
    _words[kind] = words


def told(row: StudyAnswer) -> dict[str, Any]:
    """What an answer tells; empty until it is done."""
    words = _words.get(row.kind)
    return words(row.told) if words and row.told else row.told


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
        raise Invalid(_("no question %(kind)s") % {"kind": f"{kind!r}"}, field="kind", known=Kind.values)
    study.answers.filter(kind=kind).delete()
    row = study.answers.create(kind=kind, of_action=studies.last_held(study), **long_jobs.asked_by(actor, at))
    audit.record(actor=actor, action="ask_study", object_=f"study {study.pk}", after={"kind": kind}, at=at)
    JOBS.queued(row, at)
    return row


@transaction.atomic
def cancel(*, actor: Actor, number: int, kind: str, at: dt.datetime) -> None:
    """Do without an answer that is not there yet.

    Raises:
        NotAuthorised: no role that may study.
        NotFound: no study of this person.
        StudyAnswered: nothing of this kind waits.
    """
    study = locked(actor, number, at)
    if not JOBS.cancel(study.answers.filter(kind=kind), f"cancelled by {actor.name}", at):
        raise StudyAnswered(_("nothing is being computed"), study=number)
    audit.record(actor=actor, action="cancel_study_answer", object_=f"study {number}", after={"kind": kind}, at=at)


def current(study: Study, kind: str) -> StudyAnswer:
    """The answer of a kind that is done, and of the state in which the study is now.

    Raises:
        NotFound: there is none.
        StudyAnswered: the study has gone on since.
    """
    row = study.answers.filter(kind=kind, state=State.DONE).first()
    if row is None:
        raise NotFound(_("nothing was computed for this study"), study=study.pk, kind=kind)
    if row.of_action != studies.last_held(study):
        raise StudyAnswered(
            _("the study has gone on since this was computed: compute it again"), study=study.pk, kind=kind
        )
    return row


def _answer(row: StudyAnswer, tell: Tell, clock: Clock) -> Keep:
    if studies.last_held(row.study) != row.of_action:
        raise StudyAnswered(_("the study went on before this was computed: ask again"))
    reached = studies.state_of(row.study)
    network = studies.network_state(row.study, reached)
    asked = Asked(row.study, reached, network, clock(), lambda told: tell(stage=told[:200]))
    found = _answers[row.kind](asked)
    return lambda: {"told": found.told, "loading": found.loading, "voltage": found.voltage}


JOBS = long_jobs.Life(StudyAnswer, BELL, _answer, attempts=2)


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
    figures = {
        "engine": found.engine,
        "converged": found.converged,
        "reason": found.reason,
        "figures": found.figures,
        "violations": [_violation(asked.network, one) for one in found.violations[:MOST_VIOLATIONS]],
        "violations_in_all": len(found.violations),
    }
    return Found(figures, loading, voltage)


def _violation(network: NetworkState, one: Violation) -> dict[str, Any]:
    """A violation with the branch at which the map shows it."""
    grid = network.grid
    branch, node = grid.branch_index(one.mrid), grid.node_index(one.mrid)
    near = branch if branch >= 0 else int(network.energisation.parent_branch[node]) if node >= 0 else -1
    told = {name: getattr(one, name) for name in ("kind", "name", "phase", "value", "limit", "mrid")}
    return told | {"branch": near if near >= 0 else None}
