"""Why a prediction was made: as data that survives storage, and in words that lead to the evidence."""

from __future__ import annotations

import json

from outages.domain.prediction.explanation import Explanation
from outages.selectors import prediction_words
from tests.outages.domain.builders import feeder


def fuse_below_a_live_recloser():
    network = feeder()
    reports = [network.report("T1", 71, id=501), network.report("T3", 73, id=502), network.report("T5", 75, id=503)]
    fuse, _ = network.predict(*reports, live=[network.fact("T10", id=900)])
    return network, fuse


def test_the_explanation_counts_the_evidence_against_each_threshold():
    _, fuse = fuse_below_a_live_recloser()
    checks = {check.key: check for check in fuse.explanation.checks}
    assert fuse.explanation.evidence == (501, 502)
    assert (checks["transformers"].value, checks["transformers"].of, checks["transformers"].threshold) == (2, 3, 2)
    assert (checks["fraction"].value, checks["fraction"].threshold) == (2 / 3, 0.3)
    assert checks["branches"].value == 2
    assert all(check.passed for check in checks.values())


def test_it_names_the_answer_that_stopped_the_climb():
    network, fuse = fuse_below_a_live_recloser()
    stopped_by = fuse.explanation.stopped_by
    [reason] = stopped_by.failed
    assert stopped_by.device == network.index["R1"]
    assert (reason.key, reason.evidence, reason.devices) == ("live", (900,), (network.index["T10"],))
    assert (stopped_by.reported, stopped_by.transformers, stopped_by.reports) == (3.0, 6, 3)


def test_it_names_the_threshold_that_stopped_the_climb_when_nothing_contradicts():
    network = feeder()
    [fuse] = network.predict(network.report("T1"), network.report("T3"))
    assert [check.key for check in fuse.explanation.stopped_by.failed] == ["branches"]


def test_alternatives_above_and_below_carry_their_scores():
    network = feeder()
    reports = [network.report(name, id=i) for i, name in enumerate(["T1", "T2", "T5"])]
    [recloser] = network.predict(*reports)
    told = {one.device: one for one in recloser.explanation.alternatives}
    below = told[network.index["F1"]]
    assert network.names[recloser.device] == "R1"
    assert (below.relation, below.reported, below.transformers, below.evidence) == ("below", 2.0, 3, (0, 1))
    assert not below.failed  # it would qualify, but a larger device explains more
    assert [check.key for check in told[network.index["F2"]].failed] == ["transformers", "branches"]


def test_a_single_service_says_what_it_lacks_to_be_a_transformer():
    network = feeder()
    [one] = network.predict(network.report("T2", 72, id=7))
    failed = [check for check in one.explanation.checks if not check.passed]
    assert [(check.key, check.value, check.threshold) for check in failed] == [("reports", 1.0, 2.0)]
    assert (one.usage_point, one.explanation.usage_point) == (72, 72)


def test_a_telemetered_device_that_says_closed_is_named_as_the_reason():
    network = feeder()
    network.tree.is_telemetered[network.index["F1"]] = True
    one, _ = network.predict(network.report("T1"), network.report("T3"))
    assert "closed" in [check.key for check in one.explanation.stopped_by.failed]


def test_a_confirmed_device_says_by_what_it_is_known():
    network = feeder()
    [one] = network.predict(network.report("T1", id=1), opened=[network.fact("R1", at=5.0, id=44)], live=["T10"])
    known, live = one.explanation.checks
    assert (known.key, known.evidence) == ("opened", (44,))
    assert (live.key, live.passed) == ("live", False)  # conflicting evidence is shown, not hidden
    assert one.explanation.stopped_by is None


def test_it_comes_back_from_storage_as_it_went_in_with_names_for_devices():
    network, fuse = fuse_below_a_live_recloser()
    document = json.loads(json.dumps(fuse.explanation.to_json(network.names.__getitem__), allow_nan=False))
    assert (document["device"], document["stopped_by"]["device"]) == ("F1", "R1")
    restored = Explanation.from_json(document)
    assert restored.to_json() == document
    assert prediction_words.explain(restored) == prediction_words.explain(restored, name_of=str)


def test_every_line_of_the_words_leads_to_its_evidence_and_threshold():
    network, fuse = fuse_below_a_live_recloser()
    sentences = {
        line.key: line for line in prediction_words.explain(fuse.explanation, lambda device: network.names[int(device)])
    }
    assert sentences["verdict"].text == "F1 is predicted open: 40 customers at 3 transformers, from 2 reports."
    assert sentences["verdict"].evidence == (501, 502)
    assert sentences["fraction"].check.threshold == 0.3
    assert (
        sentences["stopped"].text == "The climb stopped below R1: supply is known to be on at T10, so it cannot be out."
    )
    assert (sentences["stopped"].evidence, sentences["stopped"].device) == ((900,), network.index["R1"])


def test_words_for_a_phase_a_source_and_a_confirmed_device():
    network = feeder()
    dark = [network.report("T1", 1, phases=1), network.report("T3", 2, phases=1)]
    [phase] = network.predict(*dark, live=[network.fact("T2", phases=2)])
    texts = [line.text for line in prediction_words.explain(phase.explanation)]
    assert texts[0].endswith("is predicted open on phase A: 40 customers at 3 transformers, from 2 reports.")
    assert texts[1].endswith("so only the other phases can be out.")
    [source] = network.predict(*(network.report(name) for name in ("T1", "T3", "T5", "T6", "T7")))
    assert prediction_words.explain(source.explanation)[5].key == "source"
    [known] = network.predict(network.report("T1"), opened=["R1"])
    assert prediction_words.explain(known.explanation)[0].text.endswith(
        "is open: 64 customers at 6 transformers; 1 report lies below it."
    )
