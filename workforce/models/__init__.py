"""Tables of workforce: private to this app."""

from .crews import Crew
from .work import Assignment, WorkOrder

__all__ = ["Assignment", "Crew", "WorkOrder"]
