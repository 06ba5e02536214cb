"""Times of restoration: learned by group, carried through the queue of the crews, scored."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outages.domain.etr import accuracy, history, queue
from outages.domain.etr.history import Spread
from outages.domain.etr.queue import NOBODY, Crews, Jobs

HOUR = Spread(math.log(60.0), 0.5, 100.0)


class TestHistory:
    def test_a_group_of_many_stands_for_itself_and_one_of_few_leans(self) -> None:
        rng = np.random.default_rng(1)
        minutes = np.concatenate([rng.lognormal(math.log(60), 0.4, 3_000), np.full(2, 600.0)])
        area = ["north"] * 3_000 + ["south"] * 2
        found = history.learn(minutes, [area])
        assert found.of("north").quantile(0.5) == pytest.approx(60.0, rel=0.03)
        assert 70.0 < found.of("south").quantile(0.5) < 150.0

    def test_what_was_never_seen_is_judged_by_the_largest_part_that_was(self) -> None:
        found = history.learn(np.full(50, 30.0), [["north"] * 50, ["tree"] * 50])
        assert found.of("north", "animal") is found.of("north")
        assert found.of("west", "tree") is found.of()

    def test_nothing_learned_is_the_prior_or_nothing(self) -> None:
        none = np.array([np.nan, -5.0])
        assert history.learn(none, [["a", "b"]], prior=HOUR).of("a") is HOUR
        empty = history.learn(none, [["a", "b"]])
        assert empty.is_empty
        with pytest.raises(LookupError):
            empty.of("a")

    @given(st.floats(0.05, 0.95), st.floats(0.0, 2_000.0))
    def test_what_is_left_never_falls_below_nothing_and_grows_with_the_share(self, share: float, after: float) -> None:
        assert 0.0 <= HOUR.left(share / 2, after) <= HOUR.left(share, after)
        assert HOUR.left(share, 0.0) == pytest.approx(HOUR.quantile(share), rel=1e-6)


def jobs(*rows: tuple[int, int, int, float], minutes: tuple[float, ...] = (20.0, 10.0, 60.0, 15.0)) -> Jobs:
    """(area, crew, stage, lasted); the legs take nearly exactly these minutes."""
    area, crew, stage, lasted = (np.array(column) for column in zip(*rows, strict=True))
    mean = np.tile(np.log(minutes), (len(rows), 1))
    return Jobs(area, crew, stage, lasted.astype(float), mean, np.full(mean.shape, 1e-3), np.arange(1, len(rows) + 1))


def crews(*areas: int, ready: float = 0.0) -> Crews:
    return Crews(np.array(areas), np.full(len(areas), ready))


class TestQueue:
    def test_one_crew_serves_one_after_the_other_and_cleans_up_between(self) -> None:
        found = queue.simulate(jobs((0, NOBODY, 0, 0), (0, NOBODY, 0, 0)), crews(0), draws=9)
        assert found.quantile(0.5) == pytest.approx([90.0, 90.0 + 15.0 + 90.0], abs=1.0)

    def test_two_crews_work_side_by_side_but_only_in_their_own_area(self) -> None:
        waiting = jobs((0, NOBODY, 0, 0), (0, NOBODY, 0, 0), (1, NOBODY, 0, 0))
        found = queue.simulate(waiting, crews(0, 0), draws=9).quantile(0.5)
        assert found[:2] == pytest.approx([90.0, 90.0], abs=1.0)
        assert np.isinf(found[2])

    def test_a_crew_on_its_way_goes_on_from_the_leg_it_is_in(self) -> None:
        found = queue.simulate(jobs((0, 0, queue.REPAIR, 40.0), (0, NOBODY, 0, 0)), crews(0), draws=9).quantile(0.5)
        assert found == pytest.approx([20.0, 20.0 + 15.0 + 90.0], abs=1.0)

    def test_a_leg_that_has_lasted_beyond_all_experience_is_still_not_over(self) -> None:
        found = queue.simulate(jobs((0, 0, queue.REPAIR, 4_000.0)), crews(0), draws=9).quantile(0.5)
        assert 0.0 < found[0] < 4_000.0

    def test_who_comes_on_shift_later_begins_later(self) -> None:
        found = queue.simulate(jobs((0, NOBODY, 0, 0)), crews(0, ready=120.0), draws=9).quantile(0.5)
        assert found[0] == pytest.approx(210.0, abs=1.0)

    def test_the_forecast_counts_down_to_the_last_customer(self) -> None:
        forecast = queue.simulate(jobs((0, NOBODY, 0, 0), (0, NOBODY, 0, 0)), crews(0), draws=9)
        outages, customers = forecast.left_at(np.array([0.0, 100.0, 300.0]))
        assert outages.tolist() == [2.0, 1.0, 0.0]
        assert customers.tolist() == [3.0, 2.0, 0.0]
        assert forecast.last(0.5) == pytest.approx(195.0, abs=1.0)

    def test_the_same_seed_gives_the_same_forecast(self) -> None:
        wide = jobs((0, NOBODY, 0, 0), (0, NOBODY, 0, 0))
        wide.deviation[:] = 0.7
        first, again, other = (queue.simulate(wide, crews(0), seed=seed).back for seed in (1, 1, 2))
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)

    def test_nothing_to_do_takes_no_time(self) -> None:
        none = Jobs(
            *(np.empty(0, np.int64) for _ in range(3)),
            np.empty(0),
            np.empty((0, 4)),
            np.empty((0, 4)),
            np.empty(0, np.int64),
        )
        forecast = queue.simulate(none, crews(0))
        assert forecast.last(0.9) == 0.0
        assert forecast.quantile(0.5).size == 0


def test_no_estimates_have_no_accuracy() -> None:
    assert accuracy.score(np.array([np.nan]), np.array([3.0])) == accuracy.Accuracy(0)
