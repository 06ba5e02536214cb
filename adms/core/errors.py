"""Anticipated refusals: one family with a stable code, an HTTP status and data. Each is defined beside the function that raises it."""

from typing import Any


class Refused(Exception):
    """What was asked cannot be done, for a reason the asker can understand and act on.

    `code` is stable and machine readable, the message is for a person, `data` says where and what.
    """

    code = "refused"
    status = 409

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class NotFound(Refused):
    """No such object, or none that the asker may know of."""

    code = "not_found"
    status = 404


class Gone(NotFound):
    """It was there, and another one has taken its place."""

    code = "gone"
    status = 410


class Invalid(Refused):
    """The input is wrong; `data` names the field."""

    code = "invalid"
    status = 422
