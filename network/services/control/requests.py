"""What somebody asks of the gate, and how it says no."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.errors import Refused
from network.domain.phrases import Phrase
from network.selectors import gate_words

SELECT_LEASE = runtime_settings.declare(
    "operation.select_lease_s",
    30,
    unit="s",
    help_=gettext_noop("How long a selected device stays reserved for who selected it."),
)
COMMAND_TIMEOUT = runtime_settings.declare(
    "operation.command_timeout_s",
    20,
    unit="s",
    help_=gettext_noop("How long a command may wait for the reported position."),
)
#: What may make an operation, beside a person at the dialog.
ORIGINS = ("person", "order", "flisr", "load_shed", "vvo", "message", "simulator")
#: Which of them act without a person; they need a plan that `automation.begin` has let begin.
AUTOMATIC = frozenset({"flisr", "load_shed", "vvo"})


class OperationRefused(Refused):
    """The gate says no; `data["cause"]` is the IEC 61850 AddCause word, `data["lifted_by"]` who can change that.

    `told` is what it says as a phrase (`network.selectors.gate_words`); the message is its words for who asked.
    """

    code = "operation_refused"

    def __init__(self, told: Phrase | str | None, **data: object) -> None:
        super().__init__(gate_words.said(told), **data)
        self.told = told


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants moved: the device, to where, and the state they saw when they asked."""

    model: str
    equipment_mrid: str
    close: bool
    seen_number: int
    phases: int | None = None  # only these phases; all of the device's otherwise
    reason: str = ""
    origin: str = "person"  # one of ORIGINS
    order_step: int | None = None  # row of the step of a switching order
    plan: str = ""  # of an automation


@dataclass(frozen=True, slots=True)
class Refusal:
    """One check's no: a phrase for a person, the AddCause word for a machine, and who can lift it.

    What other services refuse comes in words already.
    """

    told: Phrase | str | None
    cause: str
    by: Phrase | str = ""
    needs: tuple[str, ...] = ()  # what would let it pass: step_up, second_person, area, console

    @property
    def words(self) -> str:
        """What it says, in the reader's language."""
        return gate_words.said(self.told)

    @property
    def lifted_by(self) -> str:
        """Who can lift it, in the reader's language; "" where nobody needs to."""
        return gate_words.said(self.by)

    def raised(self) -> OperationRefused:
        """As what the gate raises."""
        data: dict[str, object] = {"cause": self.cause, "lifted_by": self.lifted_by}
        if self.needs:
            data["needs"] = list(self.needs)
        return OperationRefused(self.told, **data)
