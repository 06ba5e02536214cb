"""Who wrote an order, so that nobody approves what they wrote themselves, under whichever account."""

from typing import Any

from adms.core import persons
from adms.core.actors import Actor
from outages.models import SwitchingOrder


def written_by(order: SwitchingOrder, actor: Actor) -> None:
    """Note one more author; the row is not saved."""
    if not is_author(order, actor):
        order.authors = [*order.authors, told(actor)]


def is_author(order: SwitchingOrder, actor: Actor) -> bool:
    """Whether the person behind this account wrote any version: by account (a renamed one is the same), or by another of theirs."""
    return any(_is_same(author, actor) for author in order.authors)


def told(actor: Actor) -> dict[str, Any]:
    """An author, as the order keeps them."""
    return {"name": actor.name, "user": actor.user_id, "person": actor.identity}


def _is_same(author: dict[str, Any], actor: Actor) -> bool:
    if author["person"] == actor.identity or author["name"] == actor.name:
        return True
    if actor.user_id is None or author["user"] is None:
        return False
    return persons.are_same(author["user"], actor.user_id)
