"""The public face of the control gate (`network.services.control`): what edges and other apps call."""

from network.services.control.devices import digits_to_type, find_device, find_switch
from network.services.control.dialogs import first_step, pass_guard, second_step
from network.services.control.following import end_overdue, fail_operation, is_waiting, settle_operation
from network.services.control.front_end import report_front_end, withdraw_front_ends
from network.services.control.gate import (
    ask_second_person,
    cancel_operation,
    execute_operation,
    look_ahead,
    request_operation,
    told,
)
from network.services.control.requests import COMMAND_TIMEOUT, SELECT_LEASE, OperationRefused, Refusal, Request
from network.services.control.tags import RIGHTS as TAG_RIGHTS
from network.services.control.tags import ask_to_remove, find_tag, is_own, place_tag, remove_tag, word_on

__all__ = [
    "COMMAND_TIMEOUT",
    "SELECT_LEASE",
    "TAG_RIGHTS",
    "OperationRefused",
    "Refusal",
    "Request",
    "ask_second_person",
    "ask_to_remove",
    "cancel_operation",
    "digits_to_type",
    "end_overdue",
    "execute_operation",
    "fail_operation",
    "find_device",
    "find_switch",
    "find_tag",
    "first_step",
    "is_own",
    "is_waiting",
    "look_ahead",
    "pass_guard",
    "place_tag",
    "remove_tag",
    "report_front_end",
    "request_operation",
    "second_step",
    "settle_operation",
    "told",
    "withdraw_front_ends",
    "word_on",
]
