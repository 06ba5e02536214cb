"""Keep what fault indicators say, word after word: of a telemetry point only the latest value is kept."""

import datetime as dt
from collections.abc import Iterable

from network.models import IndicatorWord, TelemetryPoint

KIND = "fault_indicator"


def is_news(point: TelemetryPoint, value: float, quality: str) -> bool:
    """Whether a value says more than the one the point has: an operation always does, for it is another one or goes on."""
    return point.kind == KIND and (value != 0 or (value, quality) != (point.value, point.quality))


def add(words: Iterable[tuple[TelemetryPoint, float, dt.datetime, str]], at: dt.datetime) -> None:
    """Keep words, as (point, value, field time, quality)."""
    IndicatorWord.objects.bulk_create(
        IndicatorWord(
            model_id=point.version.model_id,
            point_mrid=point.mrid,
            value=value,
            quality=quality,
            occurred_at=occurred_at,
            recorded_at=at,
        )
        for point, value, occurred_at, quality in words
    )
