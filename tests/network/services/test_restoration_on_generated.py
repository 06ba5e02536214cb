"""Plans on a generated town of overhead feeders: faults on them have plans that hold, and where limits are tight a part comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from integration.services import utilities
from network.domain import generation
from network.selectors import state
from network.services import positions, power_flow, restoration_plans
from network.services.positions import PositionReport
from network.services.restoration_outcome import Outcome, Wish
from network.services.what_if import Ahead
from tests.around import around
from tests.cast import GATEWAY, NOON, SYSTEM, after

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def key(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A town whose power flow was solved before anything happens."""
    with django_db_blocker.unblock(), around():
        state.forget()
        utility = generation.generate(6_000, 1, "american")
        made = utilities.publish(actor=SYSTEM, utility=utility, at=NOON).key
        row = power_flow.run(model=made, at=NOON)
        while row is not None and row.figures["waiting"]:
            row = power_flow.run(model=made, at=NOON)
        assert row is not None and row.converged, row
        yield made
        transaction.set_rollback(True)
    state.forget()


@pytest.fixture(autouse=True)
def network(key: str, db: None) -> None:
    """Overrides the story feeder: these tests stand on the town."""
    state.forget()


def heads(key: str) -> list[int]:
    """Breakers of feeders, the one with the most nodes first."""
    feeder = state.present(key).energisation.feeder
    heads, sizes = np.unique(feeder[feeder >= 0], return_counts=True)
    return [int(head) for _, head in sorted(zip((-sizes).tolist(), heads.tolist(), strict=True))]


def suspected(key: str, head: int) -> frozenset[int]:
    """The section right behind a head, as somebody who has seen it would say."""
    grid = state.present(key).grid
    return frozenset({int(grid.branch_to[head])})


def tripped(key: str, head: int) -> state.NetworkState:
    mrid = state.present(key).grid.branch_mrid_text(head)
    report = PositionReport(key, mrid, after(60), is_closed=False)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(60))
    return state.present(key)


def planned(key: str, head: int, ahead: Ahead | None = None) -> Outcome:
    wish = Wish(head, NOON + dt.timedelta(seconds=55), suspected=suspected(key, head), until_s=3_600.0)
    return restoration_plans.plan(present=tripped(key, head), wish=replace(wish, ahead=ahead or Ahead()))


def back(outcome: Outcome) -> tuple[int, int]:
    """Customers the best plan brings back, and all that are healthy."""
    blocks, best = outcome.blocks, outcome.plans[0].candidate
    assert blocks is not None
    return int(blocks.customers[list(best.served)].sum()), int(blocks.customers[list(best.isolation.healthy)].sum())


def test_a_fault_behind_any_head_with_a_tie_has_a_plan_that_brings_everybody_healthy_back(key: str) -> None:
    """P02"""
    found = []
    for head in heads(key):
        with transaction.atomic():
            outcome = planned(key, head)
            assert outcome.before is None  # nothing was to be excused
            if outcome.plans:
                assert outcome.plans[0].is_safe, outcome.plans[0].checked
                found.append(back(outcome))
            else:
                assert outcome.declined == {"code": "no_switch"}
            transaction.set_rollback(True)
        state.forget()
    assert len(found) >= 3
    assert all(served == healthy > 0 for served, healthy in found)


def test_where_all_does_not_hold_a_part_comes_back_and_load_is_shed(key: str) -> None:
    """P02: at twice the load half the network is out of its limits, which is no plan's doing and stops none."""
    for head in heads(key)[-2:]:
        with transaction.atomic():
            outcome = planned(key, head, Ahead(2.0))
            assert outcome.before is not None and outcome.before.violations
            best, refused = outcome.plans[0], [one for one in outcome.plans if not one.is_safe]
            assert best.checked is not None and best.is_safe and best.checked.excused
            served, healthy = back(outcome)
            assert 0 < served < healthy
            assert refused and all(one.checked and one.checked.violations for one in refused)
            assert max(len(one.candidate.served) for one in refused) > len(best.candidate.served)
            transaction.set_rollback(True)
        state.forget()
