"""Who may do what: roles, actions and the table between them (reliability-security anchor, permission matrix; IEC 62351-8 roles).

Services ask `services.authority.require`; nothing else decides. "A" in the matrix (own authority area) is the rule for every
action listed in AREA_BOUND; the others need the role anywhere.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OPERATOR, SENIOR_OPERATOR, DISPATCHER, CREW = "OPR", "SOP", "DSP", "CRW"
ENGINEER, MANAGER, INTEGRATION, AUDITOR, ADMINISTRATOR = "ENG", "MGR", "INT", "AUD", "ADM"

ROLES: dict[str, str | Promise] = {
    OPERATOR: _("Operator"),
    SENIOR_OPERATOR: _("Senior operator"),
    DISPATCHER: _("Dispatcher"),
    CREW: _("Crew"),
    ENGINEER: _("Engineer"),
    MANAGER: _("Manager"),
    INTEGRATION: _("External system"),
    AUDITOR: _("Auditor"),
    ADMINISTRATOR: _("Administrator"),
}

_OPERATORS = frozenset({OPERATOR, SENIOR_OPERATOR})
_DESK = _OPERATORS | {DISPATCHER}

ACTIONS: dict[str, frozenset[str]] = {
    "see_network": _DESK | {ENGINEER, MANAGER, AUDITOR, INTEGRATION},
    "operate_switch": _OPERATORS,
    "report_position": _OPERATORS | {INTEGRATION},
    "operate_bad_quality": frozenset({SENIOR_OPERATOR}),
    "operate_beyond_guard": _OPERATORS,
    "second_word": _OPERATORS,
    "second_word_senior": frozenset({SENIOR_OPERATOR}),
    "take_area": _OPERATORS,
    "break_glass": frozenset({SENIOR_OPERATOR, ADMINISTRATOR}),
    "freeze_control": _DESK | {ADMINISTRATOR},
    "unfreeze_control": frozenset({SENIOR_OPERATOR}),
    "acknowledge_automation": _OPERATORS,
    "settle_operation": _OPERATORS,
    "edit_interlocks": frozenset({ENGINEER}),
    "place_note": _DESK | {ENGINEER, CREW},
    "place_tag": _OPERATORS,
    "place_clearance": _OPERATORS,
    "remove_others_tag": frozenset({SENIOR_OPERATOR}),
    "place_temporary": _OPERATORS | {INTEGRATION},
    "commission_equipment": frozenset({ENGINEER, SENIOR_OPERATOR, INTEGRATION}),
    "enter_call": _DESK | {INTEGRATION},
    "change_outage": _DESK | {INTEGRATION},
    "confirm_outage": _DESK,
    "close_outage": _DESK,
    "request_planned_outage": _DESK | {ENGINEER, INTEGRATION},
    "manage_planned_outage": _OPERATORS | {ENGINEER},
    "approve_planned_outage": frozenset({SENIOR_OPERATOR}),
    "draft_order": _DESK | {ENGINEER, INTEGRATION},
    "check_order": _OPERATORS | {ENGINEER},
    "approve_order": frozenset({SENIOR_OPERATOR}),
    "execute_order": _OPERATORS,
    "report_step": _OPERATORS | {CREW, INTEGRATION},
    "dispatch_crew": frozenset({SENIOR_OPERATOR, DISPATCHER, INTEGRATION}),
    "report_work": _DESK | {CREW, INTEGRATION},
    "see_own_work": _DESK | {CREW},
    "view_customer": _DESK | {INTEGRATION},
    "mark_generation": frozenset({ENGINEER, INTEGRATION}),
    "ping_meters": _DESK | {INTEGRATION},
    "read_reliability": _DESK | {ENGINEER, MANAGER, AUDITOR, INTEGRATION},
    "correct_interruption": frozenset({SENIOR_OPERATOR}),
    "draft_correction": frozenset({SENIOR_OPERATOR, MANAGER}),
    "freeze_report": frozenset({MANAGER, SENIOR_OPERATOR}),
    "publish_model": frozenset({ENGINEER, SENIOR_OPERATOR, INTEGRATION}),
    "export_model": frozenset({ENGINEER, SENIOR_OPERATOR, INTEGRATION}),
    "inspect_messages": frozenset({ENGINEER, ADMINISTRATOR, AUDITOR, SENIOR_OPERATOR}),
    "manage_partners": frozenset({ADMINISTRATOR}),
    "change_settings": frozenset({ADMINISTRATOR}),
    "manage_accounts": frozenset({ADMINISTRATOR}),
    "edit_rules": frozenset({MANAGER, ADMINISTRATOR}),
    "switch_rules": frozenset({SENIOR_OPERATOR, DISPATCHER, MANAGER, ADMINISTRATOR}),
    "post_cim": frozenset({INTEGRATION}),
    "replay_predictions": _OPERATORS | {ENGINEER},
    "take_flisr_plan": _OPERATORS,
    "run_study": _OPERATORS | {ENGINEER},
    "set_flisr_mode": frozenset({SENIOR_OPERATOR}),
    "report_power_flow": frozenset({ENGINEER, SENIOR_OPERATOR, INTEGRATION}),
    "acknowledge_alarm": _DESK,
    "shelve_alarm": _OPERATORS,
    "edit_alarms": frozenset({ENGINEER, ADMINISTRATOR}),
    "write_shift_log": _DESK,
    "hand_over_shift": _DESK,
    "read_audit": frozenset({AUDITOR, ADMINISTRATOR}),
}

#: Actions that need the role in the very area they touch. (External systems hold their grant for all areas unless narrowed.)
AREA_BOUND = frozenset(
    {
        "operate_bad_quality", "operate_beyond_guard", "second_word", "second_word_senior", "take_area", "break_glass",
        "acknowledge_automation", "settle_operation", "place_note", "place_clearance", "remove_others_tag",
        "operate_switch", "report_position", "place_tag", "place_temporary", "commission_equipment", "change_outage",
        "confirm_outage", "close_outage", "dispatch_crew", "correct_interruption", "draft_correction", "view_customer", "ping_meters",
        "edit_rules", "switch_rules", "request_planned_outage", "manage_planned_outage",
        "approve_planned_outage", "take_flisr_plan", "set_flisr_mode", "run_study",
        "acknowledge_alarm", "shelve_alarm", "write_shift_log", "hand_over_shift",
        "draft_order", "check_order", "approve_order", "execute_order",
    }
)  # fmt: skip
