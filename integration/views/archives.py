"""An archive on its way to whoever asked, the same from a page and over REST."""

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse

ZIP = "application/zip"


def sent(result: dict[str, Any], parts: Iterator[bytes]) -> StreamingHttpResponse:
    """The file of a job, part by part; `result` has its name and size."""
    answer = StreamingHttpResponse(parts, content_type=ZIP)
    answer["Content-Disposition"] = f'attachment; filename="{result["file"]}"'
    answer["Content-Length"] = str(result["bytes"])
    answer["Cache-Control"] = "no-store"
    return answer
