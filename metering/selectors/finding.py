"""Customers for the search of anything, as far as the asker may see them."""

from adms.core.actors import Actor
from metering.selectors import supply
from network.selectors.search import BEGINS, EXACT, INSIDE, Found


def customers(text: str, limit: int, actor: Actor | None) -> list[Found]:
    """Customers, accounts, meters and usage points by the beginning of what names them."""
    if actor is not None and not actor.may("view_customer"):
        return []
    areas = actor.areas_for("view_customer") if actor else None
    return [_found(one, text.lower()) for one in supply.search(text, areas=areas, limit=limit)]


def _found(one: dict[str, object], text: str) -> Found:
    name = str(one["customer"] or one["name"])
    keys = [str(one[key]).lower() for key in ("customer", "account_number", "name", "mrid")]
    begins = any(key.startswith(text) for key in [*keys, str(one["address"]).lower()])
    rank = EXACT if text in keys else BEGINS if begins else INSIDE
    about = f"{one['address']} · {one['account_number']}"
    return Found("customer", str(one["mrid"]), name, about, str(one["model"]), rank, None, int(str(one["id"])))
