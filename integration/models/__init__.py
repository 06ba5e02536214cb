"""Tables of the door: partners, what came in, what goes out, what was refused."""

from .dossiers import Dossier
from .jobs import Job, JobPart
from .messages import InboxMessage, OutboxMessage, Quarantine
from .partners import Partner

__all__ = ["Dossier", "InboxMessage", "Job", "JobPart", "OutboxMessage", "Partner", "Quarantine"]
