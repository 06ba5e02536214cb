"""Predictions keep the incident they continue."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outages.domain.matching import Incident, Matching, match


def test_more_evidence_keeps_the_incident():
    assert match([Incident(7, {1, 2})], [{1, 2, 3}]) == Matching((7,), ((),), ())


def test_two_incidents_under_one_prediction_merge_into_the_one_that_shares_more():
    assert match([Incident(7, {1}), Incident(9, {2, 3})], [{1, 2, 3}]) == Matching((9,), ((7,),), ())


def test_of_equals_the_older_incident_goes_on():
    assert match([Incident(9, {1}), Incident(7, {2})], [{1, 2}]).continues == (7,)


def test_a_prediction_that_falls_apart_splits_and_the_larger_part_keeps_the_incident():
    assert match([Incident(7, {1, 2, 3})], [{1}, {2, 3}]) == Matching((None, 7), ((), ()), ())


def test_an_incident_whose_evidence_is_gone_is_vacated():
    assert match([Incident(7, {1})], [{2}]) == Matching((None,), ((),), (7,))


ids = st.frozensets(st.integers(0, 12), max_size=6)


@given(st.lists(ids, max_size=6), st.lists(st.integers(0, 12), max_size=12, unique=True), st.integers(1, 4))
def test_every_incident_ends_in_exactly_one_place(evidence, reports, parts):
    incidents = [Incident(position, held) for position, held in enumerate(evidence)]
    predictions = [frozenset(reports[part::parts]) for part in range(parts)]
    found = match(incidents, predictions)
    places = [one for one in found.continues if one is not None]
    places += [one for absorbed in found.absorbs for one in absorbed] + list(found.vacated)
    assert sorted(places) == [incident.id for incident in incidents]
