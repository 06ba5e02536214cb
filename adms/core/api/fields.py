"""Fields and serializers that leave nothing open: numbers are finite and fit their columns, unknown names are refused."""

import datetime as dt
import math
from typing import Any

from rest_framework import serializers

LARGEST_KEY = 2**63 - 1


class Key(serializers.IntegerField):
    """The number of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"min_value": 0, "max_value": LARGEST_KEY} | kwargs))


class Number(serializers.FloatField):
    """A finite number: NaN and infinities are refused, in whatever form they come."""

    default_error_messages = {"finite": "A finite number is required."}

    def to_internal_value(self, data: Any) -> float:
        """The number."""
        value = float(super().to_internal_value(data))
        if isinstance(data, bool) or not math.isfinite(value):
            self.fail("finite")
        return value

    def to_representation(self, value: Any) -> Any:
        """The number; null where it is not known."""
        number = float(value)
        return number if math.isfinite(number) else None


class Text(serializers.CharField):
    """A piece of text that may be left out, and is empty then."""

    def __init__(self, max_length: int = 120, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"max_length": max_length, "required": False, "allow_blank": True, "default": ""}
        super().__init__(**(usual | kwargs))


class Time(serializers.DateTimeField):
    """A moment: ISO 8601 with its offset, told in UTC; of a time that has electricity and calendars to count it by."""

    default_error_messages = {"year": "A year between 1900 and 2200 is required."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"default_timezone": dt.UTC} | kwargs))

    def to_internal_value(self, value: Any) -> dt.datetime:
        """The moment in UTC."""
        moment: dt.datetime = super().to_internal_value(value)
        if not 1900 <= moment.year <= 2200:
            self.fail("year")
        return moment.astimezone(dt.UTC)


class Input(serializers.Serializer[Any]):
    """A body or a query. What it does not know is refused: a misspelt filter must not quietly mean "all"."""

    ignored = frozenset({"format"})

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The values."""
        if hasattr(data, "keys"):
            unknown = sorted(set(data.keys()) - set(self.fields) - self.ignored)
            if unknown:
                known = ", ".join(sorted(self.fields)) or "none"
                raise serializers.ValidationError({str(name): [f"is unknown here; known: {known}"] for name in unknown})
        values: dict[str, Any] = super().to_internal_value(data)
        return values


class Output(serializers.Serializer[Any]):
    """What is told."""
