"""What the codes of a call come to together."""

from __future__ import annotations

from outages.domain import trouble_codes


def test_several_codes_add_up_and_the_same_code_twice_does_not():
    alone = trouble_codes.assess(["NO_POWER"]).priority
    assert trouble_codes.assess(["NO_POWER", "NO_POWER"]).priority == alone
    assert trouble_codes.assess(["NO_POWER", "LIFE_SUPPORT"]).priority == alone + 60


def test_a_hazard_alone_is_no_evidence_of_an_outage():
    found = trouble_codes.assess(["WIRE_LOW", "FIRE"])
    assert (found.kind, found.hazard, found.weight) == ("hazard", "fire", 0.0)


def test_a_call_without_codes_says_no_supply():
    assert trouble_codes.assess([]) == trouble_codes.assess(["NO_POWER"])


def test_an_unknown_code_is_kept_and_does_no_harm():
    found = trouble_codes.assess(["XYZ"])
    assert (found.unknown, found.priority, found.kind, found.weight) == (("XYZ",), 2, "non_electric", 0.0)


def test_every_code_is_listed_under_its_own_name():
    assert all(code == entry.code for code, entry in trouble_codes.DEFAULT.items())
