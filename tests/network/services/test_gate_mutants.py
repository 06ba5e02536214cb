"""The gate with a part taken out, or a line of its guards changed, is noticed by a test that says what is wrong.

`test_a_part_taken_out_fails_the_test_that_is_named_for_it` takes each part of `MAIMED` out and runs the tests of `NAMED`.
`test_each_change_of_a_line_of_the_guards_fails_a_test` changes one comparison, one word between conditions, or one number of
`guards` at a time, and runs `OF_THE_GUARDS` until one fails. A change that means the same is listed with its reason (`ALIKE`).
"""

import ast
import copy
import inspect
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from network.selectors import state
from network.services.control import guards
from tests import cast
from tests.cast import TOM
from tests.network.services import test_control_gate as gate_tests
from tests.network.services import test_operate as operate_tests
from tests.network.services import test_temporary as temporary_tests
from tests.network.services.test_gate_states import MAIMED

pytestmark = pytest.mark.django_db
Test = Callable[[], None]


def stale() -> None:
    gate_tests.test_on_a_bad_position_a_senior_operator_operates_with_a_reason_and_a_second_person("stale")


def without_role() -> None:
    operate_tests.test_who_has_no_authority_is_refused_and_the_refusal_is_on_record(TOM)


def without_digits() -> None:
    operate_tests.test_dropping_customers_needs_the_digits_and_a_reason("", "because")


NAMED: dict[str, tuple[Test, ...]] = {
    "no_freeze": (gate_tests.test_a_freeze_gives_selections_back_and_lets_no_command_pass,),
    "area_held": (gate_tests.test_only_who_holds_the_area_operates_and_the_first_operation_takes_a_free_one,),
    "no_blocking_tag": (operate_tests.test_an_inhibit_tag_blocks_and_a_note_does_not,),
    "as_it_was_seen": (operate_tests.test_a_switch_that_moved_since_it_was_shown_is_refused,),
    "interlocks_agree": (gate_tests.test_an_interlock_of_a_pair_holds_until_the_other_device_stands_right,),
    "no_live_ground": (
        gate_tests.test_an_earthing_switch_neither_closes_onto_what_is_live_nor_is_energised_while_closed,
    ),
    "in_step": (
        temporary_tests.test_what_generation_keeps_alive_is_joined_with_no_other_source_by_switch_jumper_or_cut_taken_out,
    ),
    "ground_stays": (temporary_tests.test_what_people_work_on_keeps_its_ground_until_the_document_is_released,),
    "guard of quality": (stale, gate_tests.test_a_position_older_than_its_scan_class_allows_is_not_operated_on_until_telemetry_speaks_again),
    "guard of size": (gate_tests.test_a_great_operation_needs_the_password_again_and_a_second_person, gate_tests.test_load_counts_as_customers_do),
    "guard of rate": (gate_tests.test_a_stolen_session_that_opens_thirty_breakers_is_stopped_at_the_third, gate_tests.test_selecting_many_first_and_operating_them_all_at_once_does_not_help),
    "role": (without_role,),
    "selection": (operate_tests.test_a_selection_older_than_its_lease_does_not_operate,),
    "owner": (operate_tests.test_another_operator_cannot_use_a_selection,),
    "digits and reason": (without_digits,),
    "second person's word": (stale, gate_tests.test_a_second_persons_word_is_for_one_movement_and_is_used_up),
    "password": (gate_tests.test_a_great_operation_needs_the_password_again_and_a_second_person, gate_tests.test_the_password_is_good_for_its_session_and_for_some_minutes),
    "whose tag it is": (gate_tests.test_anothers_tag_comes_off_by_a_senior_operator_and_a_second_person_only,),
}  # fmt: skip


def fails(test: Test) -> bool:
    """Whether a test fails, on the story feeder as it was published; what it wrote is gone afterwards."""
    with transaction.atomic():
        state.forget()
        cast.publish()
        try:
            test()
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - however it fails, it was noticed
            return True
        finally:
            transaction.set_rollback(True)
            state.forget()
    return False


@pytest.mark.parametrize("part", NAMED)
def test_a_part_taken_out_fails_the_test_that_is_named_for_it(monkeypatch, part):
    monkeypatch.setattr(*MAIMED[part]())
    assert [test.__name__ for test in NAMED[part] if not fails(test)] == []


def test_every_test_that_is_named_here_passes_on_the_gate_as_it_is():
    assert [test.__name__ for tests in NAMED.values() for test in tests if fails(test)] == []


# Generated: one change of a line at a time

OTHER = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
         ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And}  # fmt: skip
#: Changes that mean the same, by the line and what was changed in it.
ALIKE = {
    # An operation executed in the very instant at which the window begins: the database keeps microseconds.
    "found = Operation.objects.filter(person=actor.identity, executed_at__gt=since, look_ahead__opens_live=True)",
}


def changes(module: object) -> Iterator[tuple[str, ast.Module]]:
    """Each change as words and the changed module; sites are comparisons, and/or, not, and whole numbers inside functions."""
    source = inspect.getsource(module)  # type: ignore[arg-type]
    tree, lines = ast.parse(source), source.splitlines()
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    sites = [node for function in functions for node in ast.walk(function)]
    for site in sites:
        for words, change in _of(site):
            changed = copy.deepcopy(tree)
            twin = next(
                one
                for one in ast.walk(changed)
                if type(one) is type(site)
                and (getattr(one, "lineno", 0), getattr(one, "col_offset", 0), getattr(one, "end_col_offset", 0))
                == (getattr(site, "lineno", 0), getattr(site, "col_offset", 0), getattr(site, "end_col_offset", 0))
            )
            change(twin)
            line = lines[getattr(site, "lineno", 1) - 1].strip()
            yield f"{words}: {line}", ast.fix_missing_locations(changed)


def _of(site: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    if isinstance(site, ast.Compare):
        for place, operator in enumerate(site.ops):
            if (other := OTHER.get(type(operator))) is not None:
                yield (
                    f"{type(operator).__name__} to {other.__name__}",
                    lambda twin, place=place, other=other: twin.ops.__setitem__(place, other()),
                )
    elif isinstance(site, ast.BoolOp):
        other = OTHER[type(site.op)]
        yield f"to {other.__name__}", lambda twin: setattr(twin, "op", other())
    elif isinstance(site, ast.Constant) and type(site.value) is int:
        yield f"{site.value} one more", lambda twin: setattr(twin, "value", twin.value + 1)


OF_THE_GUARDS: tuple[Test, ...] = (
    gate_tests.test_a_great_operation_needs_the_password_again_and_a_second_person,
    gate_tests.test_load_counts_as_customers_do,
    stale,
    gate_tests.test_a_stolen_session_that_opens_thirty_breakers_is_stopped_at_the_third,
    gate_tests.test_a_second_persons_word_is_for_one_movement_and_is_used_up,
    gate_tests.test_an_operator_cannot_ask_for_what_only_a_senior_one_may,
    gate_tests.test_where_no_guard_is_reached_nobody_is_asked,
    gate_tests.test_guards_of_zero_are_none_and_what_is_just_at_the_guard_passes,
    gate_tests.test_a_word_that_was_given_for_less_does_not_cover_more,
)
CHANGES = dict(changes(guards))


@pytest.mark.slow
@pytest.mark.parametrize("words", sorted(CHANGES))
def test_each_change_of_a_line_of_the_guards_fails_a_test(monkeypatch, words):
    changed: dict[str, object] = {"__name__": guards.__name__}
    exec(compile(CHANGES[words], guards.__file__, "exec"), changed)  # our own source, one line changed
    for name, value in inspect.getmembers(guards, inspect.isfunction):
        if value.__module__ == guards.__name__:
            monkeypatch.setattr(guards, name, changed[name])
    assert words.partition(": ")[2] in ALIKE or any(fails(test) for test in OF_THE_GUARDS)
