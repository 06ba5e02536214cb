"""{% kept row %}...{% endkept %}: what was rendered of a row is kept while the row, the language and the clock's zone are the same.

A list of two hundred rows, fetched anew whenever one of them has changed, costs what has changed and not what it shows. Inside may be
used what `kept` is given, `now` for times that tick (the browser counts on; here they are up to a minute old) and words that are
translated: nothing else, for nothing else makes it anew.
"""

import datetime as dt
from collections.abc import Hashable
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils import timezone, translation
from django.utils.safestring import SafeString

register = template.Library()

#: So many of one place in a template are kept; then it begins anew.
MOST = 4_000
#: Times that tick are made anew so often, not those of all rows at the same moment.
TICK_S = 60


class Kept(template.Node):
    """A part of a template with what it was for each row."""

    def __init__(self, given: list[FilterExpression], nodelist: NodeList) -> None:
        self.given, self.nodelist = given, nodelist
        self.made: dict[Hashable, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        """As it was, or made now."""
        row = tuple(_plain(one.resolve(context)) for one in self.given)
        try:
            turn = hash(row) % TICK_S
        except TypeError:  # it holds what cannot be compared
            return self.nodelist.render(context)
        now = context.get("now")
        tick = int(now.timestamp() + turn) // TICK_S if isinstance(now, dt.datetime) else None
        key = (row, tick, translation.get_language(), timezone.get_current_timezone_name())
        found = self.made.get(key)
        if found is None:
            found = self.nodelist.render(context)
            if len(self.made) >= MOST:
                self.made.clear()
            self.made[key] = found
        return found


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """The rows it depends on, then what is shown of them."""
    given = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(given, nodelist)


def _plain(value: Any) -> Any:
    return tuple(value.items()) if isinstance(value, dict) else value
