"""The life of switching orders and their steps as state machines: nothing leaves the tables, and nothing is a dead end."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from outages.domain.switching import documents, life
from outages.domain.switching import steps as kinds
from outages.domain.switching.steps import Step


@pytest.mark.parametrize("kind", life.KINDS)
def test_every_reachable_state_leads_to_an_end(kind):
    for state in life.reachable(kind):
        assert state in life.STATES
        seen, waiting = set(), [state]
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += life.TRANSITIONS[kind][one]
        assert seen & life.ENDED, f"{kind}: no end behind {state}"


def test_only_who_was_approved_is_issued_unless_it_is_urgent():
    for kind in life.KINDS:
        table = life.TRANSITIONS[kind]
        before_issue = {state for state, following in table.items() if "issued" in following}
        assert before_issue <= {"approved", "scheduled"}
        assert (life.first_state(kind) == "issued") == (kind in {"emergency", "flisr", "load_shed", "cold_load"})
        assert {state for state, following in table.items() if "approved" in following} <= {"checked"}
    assert "issued" not in life.reachable("template")


def test_nothing_becomes_of_what_is_over():
    for kind in life.KINDS:
        assert all(not life.TRANSITIONS[kind][state] for state in life.ENDED & life.reachable(kind))
    assert all(not kinds.TRANSITIONS[state] for state in kinds.ENDS)
    assert not documents.TRANSITIONS["released"]


@pytest.mark.parametrize(
    ("groups", "states", "index", "first"),
    [
        ([0, 0], ["not_started", "not_started"], 1, 0),
        ([0, 0], ["failed", "not_started"], 1, 0),
        ([0, 0], ["deleted", "not_started"], 1, -1),
        ([3, 3, 3], ["not_started"] * 3, 2, -1),
        ([3, 3, 0], ["completed", "instructed", "not_started"], 2, 1),
        ([3, 0, 3], ["completed", "not_started", "not_started"], 2, 1),
    ],
)
def test_steps_wait_for_those_before_them_but_not_within_a_free_group(groups, states, index, first):
    assert kinds.waits_for(groups, states, index) == first
    assert kinds.waits_for(groups, states, index, is_free=True) == -1


def test_the_way_back_undoes_the_latest_first_and_leaves_out_what_cannot_be_undone():
    done = [Step("1", "open", "A"), Step("2", "tag", "A"), Step("3", "verify"), Step("4", "ground", "L", terminal=2)]
    back = kinds.lead_back(done)
    assert [(one.kind, one.device, one.terminal) for one in back] == [
        ("unground", "L", 2),
        ("untag", "A", 1),
        ("close", "A", 1),
    ]
    assert all(one.is_go_back for one in back)
    assert len({one.key for one in back} | {one.key for one in done}) == 7


def test_what_the_order_itself_took_back_is_left_alone_on_the_way_back():
    done = [
        Step("1", "open", "A"), Step("2", "tag", "A"), Step("3", "ground", "L", terminal=1), Step("4", "ground", "L", terminal=2),
        Step("5", "unground", "L", terminal=2), Step("6", "untag", "A"), Step("7", "untag", "B"),
    ]  # fmt: skip
    back = kinds.lead_back(done)
    assert [(one.kind, one.device, one.terminal) for one in back] == [
        ("tag", "B", 1),
        ("unground", "L", 1),
        ("close", "A", 1),
    ]


class Orders(RuleBasedStateMachine):
    """An order and its steps, moved at random by the tables only."""

    def __init__(self) -> None:
        super().__init__()
        self.kind, self.state, self.steps, self.history = "planned", "draft", ["not_started"] * 3, ["draft"]

    @rule(kind=st.sampled_from(sorted(life.KINDS)))
    def write(self, kind):
        self.kind, self.state, self.steps = kind, life.first_state(kind), ["not_started"] * 3
        self.history = [self.state]

    @rule(following=st.sampled_from(sorted(life.STATES)))
    def move(self, following):
        if following == "completed" and not kinds.is_complete(self.steps):
            return
        if life.may_become(self.kind, self.state, following):
            self.state = following
            self.history.append(following)

    @rule(number=st.integers(0, 2), following=st.sampled_from(sorted(kinds.STATES)))
    def step(self, number, following):
        is_free = self.kind in life.FREE
        if self.state not in {"in_execution", "aborting"}:
            return
        is_turn = kinds.waits_for([0] * 3, self.steps, number, is_free=is_free) < 0
        if is_turn and kinds.may_become(self.steps[number], following):
            self.steps[number] = following

    @invariant()
    def completed_has_no_open_step(self):
        assert self.state != "completed" or all(one in kinds.ENDS for one in self.steps)

    @invariant()
    def a_planned_order_in_the_field_was_checked_and_approved(self):
        if self.kind not in life.URGENT and self.state in life.EXECUTING:
            since = self.history[len(self.history) - self.history[::-1].index("draft") :]
            assert "checked" in since
            assert "approved" in since

    @invariant()
    def steps_begin_in_sequence(self):
        if self.kind not in life.FREE:
            begun = [one != "not_started" for one in self.steps]
            for number, is_begun in enumerate(begun):
                assert not is_begun or all(one in kinds.ENDS for one in self.steps[:number])


TestOrders = Orders.TestCase
