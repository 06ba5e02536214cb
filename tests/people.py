"""People at a browser: real accounts with real rights, Django's client, and htmx where a fragment is asked for."""

import itertools
import json
from typing import Any

from django.test import Client

from adms.core import actors, clock
from adms.core.services import accounts

SYSTEM = actors.system("test")
PASSWORD = "correct-horse-battery"
_numbers = itertools.count()


class Person:
    """Somebody signed in with one role, in one area or everywhere."""

    def __init__(self, role: str = "", area: str | None = None, *, name: str = "", password: str | None = None) -> None:
        self.name = name or f"{role.lower() or 'nobody'}-{next(_numbers)}"
        grants = [(role, area)] if role else []
        self.user = accounts.create_user(
            actor=SYSTEM, username=self.name, password=password, full_name="", grants=grants, at=clock.now()
        )
        self.client = Client()
        self.client.force_login(self.user)

    def is_called(self, first: str, last: str) -> None:
        """What people call them, as an administrator writes it down."""
        self.user.first_name, self.user.last_name = first, last
        self.user.save(update_fields=["first_name", "last_name"])

    def get(self, address: str, /, **query: Any) -> Any:
        """A page."""
        return self.client.get(address, query)

    def fetch(self, address: str, /, *, target: str = "", **query: Any) -> Any:
        """A fragment, as htmx asks for it."""
        return self.client.get(address, query, headers=_htmx(target))

    def post(self, address: str, /, *, target: str = "", **fields: Any) -> Any:
        """An action, as htmx sends it."""
        return self.client.post(address, fields, headers=_htmx(target))

    def submit(self, address: str, /, **fields: Any) -> Any:
        """A form sent without htmx."""
        return self.client.post(address, fields)


def _htmx(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Current-URL": "http://testserver/outages/", "HX-Target": target}


def text(response: Any, status: int = 200) -> str:
    """The body of an answer that must have this status, white space folded."""
    assert response.status_code == status, response.content[:2000]
    return " ".join(response.content.decode().split())


def toast(response: Any, status: int = 204) -> dict[str, str]:
    """The toast of an answer that must have this status."""
    assert response.status_code == status, response.content[:2000]
    return dict(json.loads(response["HX-Trigger"])["toast"])
