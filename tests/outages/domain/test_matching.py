"""Predictions keep the incident they continue."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outages.domain import matching
from outages.domain.matching import Matching


def match(incidents, predictions):
    """By sets of reports: those of each incident, those of each prediction."""
    owner = {report: incident for incident, held in incidents.items() for report in held}
    place = {report: position for position, explained in enumerate(predictions) for report in explained}
    reports = sorted(owner.keys() | place.keys())
    return matching.match(
        incidents,
        owner=[owner.get(report, -1) for report in reports],
        prediction=[place.get(report, -1) for report in reports],
        predictions=len(predictions),
    )


def test_more_evidence_keeps_the_incident():
    assert match({7: {1, 2}}, [{1, 2, 3}]) == Matching((7,), ((),), ())


def test_two_incidents_under_one_prediction_merge_into_the_one_that_shares_more():
    assert match({7: {1}, 9: {2, 3}}, [{1, 2, 3}]) == Matching((9,), ((7,),), ())


def test_of_equals_the_older_incident_goes_on():
    assert match({9: {1}, 7: {2}}, [{1, 2}]).continues == (7,)


def test_a_prediction_that_falls_apart_splits_and_the_larger_part_keeps_the_incident():
    assert match({7: {1, 2, 3}}, [{1}, {2, 3}]) == Matching((None, 7), ((), ()), ())


def test_an_incident_whose_evidence_is_gone_is_vacated():
    assert match({7: {1}}, [{2}]) == Matching((None,), ((),), (7,))


some = st.lists(st.integers(0, 12), max_size=12, unique=True)


@given(some, st.integers(1, 6), some, st.integers(1, 4))
def test_every_incident_ends_in_exactly_one_place(held, many, reports, parts):
    incidents = {number: set(held[number::many]) for number in range(many)}
    predictions = [set(reports[part::parts]) for part in range(parts)]
    found = match(incidents, predictions)
    places = [one for one in found.continues if one is not None]
    places += [one for absorbed in found.absorbs for one in absorbed] + list(found.vacated)
    assert sorted(places) == sorted(incidents)
