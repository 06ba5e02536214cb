"""P05: a rehearsal as a job: asked for, done by a worker, taken up again, cancelled; its figures against pandapower by itself."""

import datetime as dt
import threading

import pandapower
import pytest
from django.db import connections
from pandapower import networks

from adms.core.errors import Invalid
from adms.core.models import AuditEntry
from adms.core.services import authority, long_work
from adms.core.services.authority import NotAuthorised
from integration.cim.models.pandapower import read_pandapower
from integration.services import circuits
from network.selectors import state
from outages.models import OrderRehearsal, SwitchingOrder
from outages.services.switching import approving, drafting, people, rehearsal_jobs, rehearsing
from outages.services.switching.drafting import NewOrder, NewStep
from outages.services.switching.life_cycle import OrderRefused
from tests.cast import SYSTEM, after, publish
from tests.outages.services.ordering import written
from tests.people import Person

pytestmark = pytest.mark.django_db


def now() -> dt.datetime:
    return after(100)


def ask(row: SwitchingOrder, person: Person | None = None, basis: str = "present") -> OrderRehearsal:
    person = person or Person("OPR")
    actor = authority.actor_for(person.user, way="browser")
    return rehearsal_jobs.ask(actor=actor, order_id=row.pk, basis=basis, at=after(90))


def again(row: SwitchingOrder) -> SwitchingOrder:
    return SwitchingOrder.objects.get(pk=row.pk)


def test_what_it_finds_is_kept_with_the_order():
    row = written()
    job = ask(row)
    assert again(row).rehearsed_at is None
    assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 1
    job.refresh_from_db()
    assert (job.state, job.error, job.ended_at) == ("done", "", now())
    assert again(row).rehearsal["steps"][0]["lost_customers"] == 11
    assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 0
    assert AuditEntry.objects.filter(action="order_rehearse", object=f"switching_order:{row.pk}").count() == 1


def test_who_may_not_do_what_is_to_follow_is_refused_at_once():
    row = written()
    anna = authority.actor_for(Person("OPR").user, way="browser")
    with pytest.raises(Invalid, match="nothing is called"):
        rehearsal_jobs.ask(actor=anna, order_id=row.pk, then="burn", at=after(90))
    with pytest.raises(OrderRefused, match="cannot be checked"):
        rehearsal_jobs.ask(actor=anna, order_id=row.pk, then="check", at=after(90))
    drafting.request(actor=anna, order_id=row.pk, at=after(91))
    approving.prepare(actor=anna, order_id=row.pk, at=after(92))
    with pytest.raises(OrderRefused, match="has changed since it was shown"):
        rehearsal_jobs.ask(actor=anna, order_id=row.pk, then="check", revision=1, at=after(93))
    approving.check(actor=SYSTEM, order_id=row.pk, at=after(94))
    sue = authority.actor_for(Person("SOP").user, way="browser")
    drafting_sue = SwitchingOrder.objects.get(pk=row.pk)
    people.written_by(drafting_sue, sue)
    drafting_sue.save()
    with pytest.raises(OrderRefused, match="another person does"):
        rehearsal_jobs.ask(actor=sue, order_id=row.pk, then="approve", at=after(95))
    assert not OrderRehearsal.objects.exists()


def test_what_is_to_follow_is_done_with_the_answer_by_who_asked():
    row = written()
    drafting.request(actor=SYSTEM, order_id=row.pk, at=after(80))
    approving.prepare(actor=SYSTEM, order_id=row.pk, at=after(81))
    anna = authority.actor_for(Person("OPR", name="anna").user, way="browser")
    job = rehearsal_jobs.ask(actor=anna, order_id=row.pk, then="check", at=after(90))
    assert not rehearsing.is_fresh(again(row), at=now())
    assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 1
    job.refresh_from_db()
    assert (job.state, job.error, again(row).state) == ("done", "", "checked")
    assert again(row).entries.get(kind="checked").actor == "anna"
    assert rehearsing.is_fresh(again(row), at=now())


def test_an_order_is_rehearsed_once_at_a_time():
    row = written()
    ask(row)
    with pytest.raises(OrderRefused, match="being rehearsed already"):
        ask(row)
    assert OrderRehearsal.objects.count() == 1
    rehearsal_jobs.JOBS.run_waiting(clock=now)
    ask(row, basis="future")
    assert OrderRehearsal.objects.count() == 2


def test_who_neither_writes_nor_checks_there_does_not_ask():
    row = written()
    with pytest.raises(NotAuthorised):
        ask(row, Person("MGR"))
    asker = Person("OPR")
    job = ask(row, asker)
    asker.user.grants.all().delete()
    rehearsal_jobs.JOBS.run_waiting(clock=now)
    job.refresh_from_db()
    assert (job.state, again(row).rehearsed_at) == ("failed", None)


def test_one_that_waits_is_cancelled_at_once():
    row = written()
    job = ask(row)
    rehearsal_jobs.cancel(actor=SYSTEM, order_id=row.pk, at=after(95))
    job.refresh_from_db()
    assert (job.state, job.error) == ("cancelled", f"cancelled by {SYSTEM.name}")
    assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 0
    with pytest.raises(OrderRefused, match="no rehearsal"):
        rehearsal_jobs.cancel(actor=SYSTEM, order_id=row.pk, at=after(96))


def test_one_that_runs_stops_at_its_next_state_and_keeps_nothing():
    row = written()
    job = ask(row)
    OrderRehearsal.objects.filter(pk=job.pk).update(state="running", attempts=1)
    job.refresh_from_db()
    tell = rehearsal_jobs.JOBS.teller(job, now)
    tell(states_done=1, states_in_all=10)
    assert OrderRehearsal.objects.get(pk=job.pk).states_in_all == 10
    rehearsal_jobs.cancel(actor=SYSTEM, order_id=row.pk, at=after(95))
    with pytest.raises(long_work.Cancelled):
        rehearsal_jobs.JOBS.teller(job, now)(states_done=2, states_in_all=10)
    assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 0
    assert again(row).rehearsed_at is None


def test_an_order_that_is_changed_meanwhile_keeps_no_answer_of_another_one():
    row = written()
    ask(row)
    stale = rehearsing.run(row, basis="present", at=after(91))
    drafting.request(actor=SYSTEM, order_id=row.pk, at=after(92))
    with pytest.raises(OrderRefused, match="was changed while it was rehearsed"):
        rehearsing.keep(row, stale, at=after(93))
    assert again(row).rehearsed_at is None


def test_one_whose_worker_died_is_begun_again_and_given_up_in_the_end():
    row = written()
    job = ask(row)
    OrderRehearsal.objects.filter(pk=job.pk).update(state="running", attempts=1)
    assert rehearsal_jobs.JOBS.ring_for_waiting()
    assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    OrderRehearsal.objects.filter(pk=job.pk).update(state="running", attempts=rehearsal_jobs.JOBS.attempts)
    rehearsal_jobs.JOBS.run_waiting(clock=now)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "given up: its worker ended 3 times")


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_has_no_other_takes():
    job = ask(written())
    held, let_go = threading.Event(), threading.Event()

    def elsewhere() -> None:
        with long_work.taken(rehearsal_jobs.BELL, job.pk):
            held.set()
            let_go.wait(60)
        connections.close_all()

    worker = threading.Thread(target=elsewhere)
    worker.start()
    assert held.wait(60)
    try:
        assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 0
    finally:
        let_go.set()
        worker.join()
    assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 1


# Figures


def alone(*, closed: tuple[int, ...] = (), opened: tuple[int, ...] = ()) -> pandapower.pandapowerNet:
    """The network by pandapower alone, whole, with these of its switches moved."""
    net = networks.mv_oberrhein()
    net.switch.loc[list(closed), "closed"] = True
    net.switch.loc[list(opened), "closed"] = False
    pandapower.runpp(net, calculate_voltage_angles=True)
    return net


def by_name(net: pandapower.pandapowerNet) -> dict[str, float]:
    """Loadings in percent: lines by what pandapower says, transformers by the current of the side that feeds the network."""
    rated_ka = net.trafo.sn_mva / net.trafo.vn_lv_kv / 3**0.5
    loads = dict(zip(net.trafo.name, 100 * net.res_trafo.i_lv_ka / rated_ka, strict=True))
    return loads | dict(zip(net.line.name, net.res_line.loading_percent, strict=True))


def rehearsed(*moves: tuple[str, str]) -> dict:
    """What a rehearsal of these moves on mv_oberrhein tells."""
    state.forget()
    draft = read_pandapower("pandapower:mv_oberrhein")
    model = publish(draft).key
    circuits.build_missing()
    mrids = {branch.name: branch.mrid for branch in draft.branches.values()}
    steps = [*(NewStep(verb, mrids[name]) for verb, name in moves), NewStep("note", text="wait")]
    row = drafting.write(actor=SYSTEM, new=NewOrder(model, "load_relief", "Relieve", steps), at=after(1))
    ask(row)
    assert rehearsal_jobs.JOBS.run_waiting(clock=now) == 1
    return again(row).rehearsal


def test_two_networks_above_that_a_switch_joins_hold_the_feeders_together():
    """A switch between the stations is closed in parallel: both deliver, as pandapower has it."""
    told = rehearsed(("close", "Switch 48"))
    net, flow = alone(closed=(48,)), told["steps"][0]["flow"]
    assert flow["is_computed"], flow["reason"]
    assert flow["v_min_pu"] == pytest.approx(net.res_bus.vm_pu.min(), abs=1e-4)
    loads = by_name(net)
    assert flow["loading_percent"] == pytest.approx(max(loads.values()), rel=2e-3)


def test_figures_and_places_of_each_step_are_those_of_pandapower_by_itself():
    """mv_oberrhein: a part of one station is handed to the other, whose feeder has to carry both."""
    told = rehearsed(("open", "Switch 41"), ("close", "Switch 48"))
    flows = [told["before"], *(one["flow"] for one in told["steps"])]
    nets = [alone(), alone(opened=(41,)), alone(closed=(48,), opened=(41,))]
    for flow, net in zip(flows, (*nets, nets[-1]), strict=True):
        volts, loads = net.res_bus.vm_pu, by_name(net)
        highest = max(loads, key=lambda name: loads[name])
        assert flow["is_computed"], flow["reason"]
        assert flow["v_min_pu"] == pytest.approx(volts.min(), abs=1e-4)  # as well as station and feeders settle
        assert flow["loading_percent"] == pytest.approx(loads[highest], rel=2e-3)
        assert flow["v_min_at"].split(" ABC")[0] == net.bus.name[volts.idxmin()]
        assert flow["loading_at"].split(" ABC")[0] == highest
    kinds = [(one["code"], one["severity"]) for one in told["findings"] if one["step"] == told["steps"][1]["key"]]
    assert {("voltage_low", "warning"), ("overload", "warning")} <= set(kinds)
    assert told["steps"][2]["flow"] == told["steps"][1]["flow"]
