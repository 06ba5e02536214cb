"""Power flow of a set of positions, exchanges, and restoration plans on drawn networks."""

import itertools

import numpy as np
import pytest

from network.domain.reconfiguration import exchange, plans
from network.domain.reconfiguration.case import Case
from network.domain.reconfiguration.flow import Workshop, connected
from network.domain.reconfiguration.plans import Limits

Branch = tuple[int, int, complex, bool]


def case_of(
    loads: list[complex],
    branches: list[Branch],
    *,
    sources: tuple[int, ...] = (0,),
    tap: dict[int, complex] | None = None,
    fixed: tuple[int, ...] = (),
) -> Case:
    """Loads in kVA on a base of 1 MVA, branches as (from, to, z in p.u., normally closed)."""
    start, end, z, closed = (np.array(column) for column in zip(*branches, strict=True))
    ratio = np.ones(len(branches), complex)
    for branch, value in (tap or {}).items():
        ratio[branch] = value
    switchable = np.ones(len(branches), bool)
    switchable[list(fixed)] = False
    return Case(
        base_kw=1e3,
        load=np.array(loads, complex) / 1e3,
        shunt=np.zeros(len(loads), complex),
        sources=np.array(sources, np.int32),
        held=np.ones(len(sources), complex),
        from_bus=start.astype(np.int32),
        to_bus=end.astype(np.int32),
        z=z.astype(complex),
        y=np.zeros(len(branches), complex),
        tap=ratio,
        closed=closed.astype(bool),
        switchable=switchable,
    )


def two_feeders(far_load: complex = 100.0) -> Case:
    """0 --0-- 1 --1-- 2 --2-- 3          buses 0 and 4 are sources; branches 4 and 5 are ties
                       :       :
    4 --3-- 5 - -4- - -+       :
            + - - -5- - - - - -+
    """
    z = 0.01 + 0.02j
    return case_of(
        [0.0, 100.0, 100.0, far_load, 0.0, 100.0],
        [(0, 1, z, True), (1, 2, z, True), (2, 3, z, True), (4, 5, z, True), (5, 2, z, False), (5, 3, 2 * z, False)],
        sources=(0, 4),
    )


class TestFlow:
    def test_a_line_with_one_load_solves_the_quadratic_equation(self) -> None:
        # |v|^4 + (2(rp + xq) - 1)|v|^2 + (r^2 + x^2)(p^2 + q^2) = 0
        r, x, p, q = 0.05, 0.08, 0.6, 0.3
        flow = Workshop(case_of([0.0, 1e3 * (p + 1j * q)], [(0, 1, r + 1j * x, True)])).flow(np.array([True]))
        b, c = 2 * (r * p + x * q) - 1, (r * r + x * x) * (p * p + q * q)
        square = (-b + np.sqrt(b * b - 4 * c)) / 2
        assert flow.v_min_pu == pytest.approx(np.sqrt(square), rel=1e-10)
        assert flow.loss_kw == pytest.approx(1e3 * r * (p * p + q * q) / square, rel=1e-9)
        assert flow.v_min_bus == 1

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_tap_counts_the_same_whichever_end_is_fed(self, turned: bool) -> None:
        ends = (1, 0) if turned else (0, 1)
        tap = 1.05 * np.exp(0.1j)
        case = case_of([0.0, 200.0 + 50.0j], [(*ends, 0.02 + 0.04j, True)], tap={0: tap})
        v = Workshop(case).flow(case.closed).v
        series, s = 1 / (0.02 + 0.04j), 0.2 + 0.05j
        far = series / (abs(tap) ** 2 if turned else 1.0) * v[1] - series / (np.conj(tap) if turned else tap) * v[0]
        assert v[1] * np.conj(far) == pytest.approx(-s, abs=1e-9)

    def test_too_much_load_is_no_solution_but_a_reason(self) -> None:
        flow = Workshop(case_of([0.0, 9e3], [(0, 1, 0.1 + 0.1j, True)])).flow(np.array([True]))
        assert (flow.converged, flow.reason) == (False, "the power flow does not converge")

    def test_a_loop_is_named_and_so_are_two_sources_in_parallel(self) -> None:
        case = two_feeders()
        for closed in ([1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1]):
            flow = Workshop(case).flow(np.array(closed, bool))
            assert (flow.converged, flow.reason) == (False, "there is a loop")

    def test_what_no_source_reaches_has_no_voltage(self) -> None:
        case = two_feeders()
        flow = Workshop(case).flow(np.array([1, 0, 1, 1, 0, 0], bool))
        assert flow.is_supplied.tolist() == [True, True, False, False, True, True]
        assert flow.served_kw == pytest.approx(200.0)


class TestReconfigure:
    @pytest.mark.parametrize("seed", range(6))
    def test_the_best_of_all_radial_sets_is_found(self, seed: int) -> None:
        case = meshed(np.random.default_rng(seed))
        shop, best = Workshop(case), np.inf
        ties = case.branches - (case.buses - 1)
        for opened in itertools.combinations(range(case.branches), ties):
            closed = np.ones(case.branches, bool)
            closed[list(opened)] = False
            if connected(case, closed).all():
                best = min(best, shop.flow(closed).loss_kw)
        found = exchange.reconfigure(case, seed=seed)
        assert found is not None
        assert shop.flow(found.closed).loss_kw == pytest.approx(best, rel=1e-9)

    def test_normal_positions_with_a_loop_are_opened_first(self) -> None:
        case = two_feeders()
        looped = case_of(
            (case.load * 1e3).tolist(),
            [(int(a), int(b), z, True) for a, b, z in zip(case.from_bus, case.to_bus, case.z, strict=True)],
            sources=(0, 4),
        )
        found = exchange.reconfigure(looped)
        assert found is not None
        assert Workshop(looped).flow(found.closed).is_supplied.all()

    def test_a_branch_without_a_switch_stays_closed(self) -> None:
        z = 0.01 + 0.01j
        rows = [(0, 1, z, True), (1, 2, 9 * z, True), (0, 2, 2 * z, False)]
        free, held = (case_of([0.0, 100.0, 100.0], rows, fixed=fixed) for fixed in ((), (1,)))
        for case, opened in ((free, [1]), (held, [2])):
            found = exchange.reconfigure(case)
            assert found is not None
            assert np.flatnonzero(~found.closed).tolist() == opened

    def test_without_any_solution_there_is_none(self) -> None:
        assert exchange.reconfigure(case_of([0.0, 9e3], [(0, 1, 0.1 + 0.1j, True)])) is None


def meshed(rng: np.random.Generator) -> Case:
    """Nine buses on a ring with chords, loads and impedances at random."""
    ring = [(bus, (bus + 1) % 9) for bus in range(9)]
    chords = [(0, 3), (2, 6), (4, 8)]
    rows = [
        (a, b, complex(*rng.uniform(0.005, 0.03, 2)), place != 4 and place < 9)
        for place, (a, b) in enumerate([*ring, *chords])
    ]
    return case_of([0.0, *(complex(*rng.uniform(20, 200, 2)) for _ in range(8))], rows)


class TestRestore:
    def test_what_is_dead_and_which_ties_reach_it(self) -> None:
        outlook = plans.look(two_feeders(), 1)
        assert np.flatnonzero(outlook.dead).tolist() == [2, 3]
        assert outlook.ties.tolist() == [4, 5]
        assert outlook.sections.tolist() == [2]

    def test_whole_plans_come_first_by_loss_and_all_stay_radial(self) -> None:
        found = plans.restore(plans.look(two_feeders(), 1), Limits())
        assert {(one.close, one.open) for one in found.plans} == {((4,), ()), ((5,), ()), ((4, 5), (2,))}
        losses = [one.loss_kw for one in found.plans]
        assert losses == sorted(losses)
        assert [one.operations for one in found.plans if len(one.close) == 2] == [3]

    def test_where_nothing_brings_all_back_part_of_it_is_shed_and_said(self) -> None:
        outlook = plans.look(two_feeders(far_load=6_000.0), 1)
        found = plans.restore(outlook, Limits(v_min_pu=0.95, ties=1))
        best = found.plans[0]
        assert (best.close, best.open) == ((4,), (2,))
        assert best.unserved_kw == pytest.approx(6_000.0)
        assert best.served_kw + best.unserved_kw == pytest.approx(outlook.asked_kw)
        assert {one.close for one in found.beyond} <= {(4,), (5,)}
        assert all(one.v_min_pu < 0.95 for one in found.beyond)

    def test_a_bus_without_load_is_not_left_dead_for_less_loss(self) -> None:
        """0 --0-- 1 --x-- 2 --2-- 3 and 4 - -3- - 2: nobody draws at 3, and the line to it only charges."""
        z = 0.01 + 0.02j
        case = case_of(
            [0.0, 100.0, 100.0, 0.0, 0.0],
            [(0, 1, z, True), (1, 2, z, True), (2, 3, z, True), (4, 2, z, False), (4, 3, z, False)],
            sources=(0, 4),
        )
        found = plans.restore(plans.look(case, 1), Limits())
        assert {(one.close, one.open) for one in found.plans} == {((3,), ()), ((4,), ()), ((3, 4), (2,))}
        assert all(one.is_whole for one in found.plans)

    def test_a_fault_on_an_open_tie_asks_for_nothing(self) -> None:
        found = plans.restore(plans.look(two_feeders(), 4), Limits())
        assert [(one.close, one.open, one.unserved_kw) for one in found.plans] == [((), (), 0.0)]

    def test_the_faulted_branch_is_never_part_of_a_plan(self) -> None:
        outlook = plans.look(two_feeders(), 2)
        found = plans.restore(outlook, Limits(ties=3, sectionalizers=2))
        assert all(2 not in one.close + one.open for one in found.plans)

    def test_time_that_is_up_is_said(self) -> None:
        assert not plans.restore(plans.look(two_feeders(), 1), Limits(), is_over=lambda: True).tried_all
