"""A look-up of Django's that its own `in` is too slow for: one array instead of a placeholder for each of thousands of values.

UsagePoint.objects.filter(Q(pk__any=ids))
"""

from typing import Any

from django.db.models import Field, Lookup


@Field.register_lookup
class AnyOf(Lookup):
    """`column = ANY(array)`: true of rows whose value is among the given ones; of none where none are given."""

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """The condition, with one parameter."""
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*parameters, list(self.rhs)]
