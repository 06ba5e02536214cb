"""Safety documents: what their points must be before issue, who releases them, and that supply cannot come back meanwhile."""

import pytest

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import AuditEntry, User
from adms.core.services import authority
from network.models import Tag, TemporaryElement
from network.selectors import equipment
from network.services import operations, temporary
from network.services.operations import OperationRefused, Request
from network.services.overlays import OverlayRefused
from outages.models import SafetyDocument, SwitchingOrder
from outages.services.switching import executing, safety
from outages.services.switching.life_cycle import OrderRefused
from outages.services.switching.safety import NewDocument
from tests.cast import ANNA, SYSTEM, after, deliver
from tests.outages.services.acting import MODEL, move
from tests.outages.services.ordering import SUE, done_by_hand, step, to_state, written
from workforce.services import crews

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    user = User.objects.create(username="holt", first_name="Ida", last_name="Holt")
    return Actor(name="holt", grants=frozenset({("CRW", None)}), user_id=user.pk)


@pytest.fixture
def crew(holder):
    for key, username in (("c1", "holt"), ("c2", "")):
        crews.create_crew(
            actor=SYSTEM, key=key, name=f"Line {key}", kind="line", area="story-s", members=[], vehicle="", at=after(0)
        )
        if username:
            crews.link_user(key=key, username=username, at=after(0))
    return holder


def drafted(row: SwitchingOrder, kind: str = "permit", points=("SW1", "TIE"), keys=("c1", "c2")) -> SafetyDocument:
    new = NewDocument(kind, "Replace the conductor", "L2", points, "holt", keys)
    return safety.draft(actor=ANNA, order_id=row.pk, new=new, at=after(7))


def isolated(count: int = 5) -> SwitchingOrder:
    """An order of which the first steps are done: SW1 open, both points tagged, tested dead, grounded."""
    row = to_state(written(), "issued")
    one = step(row, 1)
    picked = executing.select(actor=ANNA, order_id=row.pk, step=one.key, seen_number=0, at=after(10))
    executing.operate(actor=ANNA, order_id=row.pk, step=one.key, operation_id=picked.pk, confirmation="1", at=after(11))
    move("SW1", close=False, at=12)
    deliver(after(13))
    done_by_hand(row, *range(2, count + 1), at=20)
    return row


def close(mrid: str) -> None:
    seen = equipment.position(operations.find_switch(MODEL, mrid))["seen_number"]
    operations.request_operation(actor=ANNA, request=Request(MODEL, mrid, close=True, seen_number=seen), at=after(60))


def test_a_permit_from_issue_to_release_freezes_its_points(crew):
    row = isolated()
    document = safety.issue(actor=ANNA, document_id=drafted(row).pk, at=after(30))
    assert document.state == "issued"
    own = Tag.objects.filter(placed_by=document.reference, kind="clearance", removed_at=None)
    assert set(own.values_list("equipment_mrid", flat=True)) == {"SW1", "TIE"}
    for mrid in ("SW1", "TIE"):
        with pytest.raises(OperationRefused, match="carries a tag"):
            close(mrid)
    with pytest.raises(OperationRefused, match="its holder releases it"):
        operations.remove_tag(actor=SUE, tag_id=own.first().pk, at=after(31))
    with pytest.raises(OrderRefused, match="is held by Ida Holt"):
        executing.abort(actor=ANNA, order_id=row.pk, reason="Rain", at=after(32))
    with pytest.raises(OrderRefused, match="Line c1, Line c2 are not clear"):
        safety.release(actor=crew, document_id=document.pk, at=after(33))
    with pytest.raises(OverlayRefused, match=f"L2 would lose its ground: people rely on it under {document.reference}"):
        executing.do(actor=ANNA, order_id=row.pk, step=step(row, 6).key, at=after(33))
    with pytest.raises(OverlayRefused, match=f"people rely on it under {document.reference}"):
        temporary.remove(actor=SUE, mrid=TemporaryElement.objects.get(kind="ground").mrid, at=after(33))
    safety.report_clear(actor=crew, document_id=document.pk, crew="c1", at=after(34))
    with pytest.raises(authority.NotAuthorised):
        safety.report_clear(actor=crew, document_id=document.pk, crew="c2", at=after(35))
    safety.report_clear(actor=ANNA, document_id=document.pk, crew="c2", at=after(36))
    with pytest.raises(OrderRefused, match="who alone releases it"):
        safety.release(actor=ANNA, document_id=document.pk, at=after(37))
    assert safety.release(actor=crew, document_id=document.pk, at=after(38)).state == "released"
    assert not own.exists()
    assert AuditEntry.objects.filter(action="document_released", result="refused").count() == 2
    assert executing.do(actor=ANNA, order_id=row.pk, step=step(row, 6).key, at=after(39)).state == "completed"


@pytest.mark.parametrize(
    ("count", "points", "kind", "words"),
    [
        (
            1,
            ("SW1", "TIE"),
            "permit",
            "SW1 carries no tag; TIE carries no tag; nothing was tested dead; L2 is not grounded",
        ),
        (3, ("SW1", "TIE"), "permit", "nothing was tested dead; L2 is not grounded"),
        (4, ("SW1", "TIE"), "permit", "L2 is not grounded"),
        (5, ("SW1",), "permit", "a point is missing"),
        (5, ("CB1",), "clearance", "CB1 is not open; CB1 carries no tag"),
        (1, ("SW1", "TIE"), "sanction", "nothing was tested dead"),
        (1, ("CB1",), "hold", "CB1 carries no tag"),
    ],
)
def test_what_is_missing_before_issue_is_named(crew, count, points, kind, words):
    document = drafted(isolated(count), kind, points)
    with pytest.raises(OrderRefused, match=words):
        safety.issue(actor=ANNA, document_id=document.pk, at=after(30))
    assert SafetyDocument.objects.get(pk=document.pk).state == "draft"
    assert not Tag.objects.filter(placed_by=document.reference).exists()


def test_a_sanction_for_test_needs_no_ground(crew):
    document = drafted(isolated(4), "sanction")
    assert safety.issue(actor=ANNA, document_id=document.pk, at=after(30)).state == "issued"


def test_a_permit_on_a_switch_says_at_which_end_a_ground_is_missing(crew):
    """The ground of the order stands behind SW1, at its end 2; people work at its end 1."""
    row = isolated()
    new = NewDocument("permit", "Mend the drive", "SW1", ("SW1", "TIE"), "holt", ("c1",))
    document = safety.draft(actor=ANNA, order_id=row.pk, new=new, at=after(7))
    bare = [words for words in safety.missing(document) if "grounded" in words]
    assert bare == ["SW1 is not grounded at its end 1"]


def test_an_order_is_not_completed_while_somebody_holds_a_document(crew):
    row = isolated()
    safety.issue(actor=ANNA, document_id=drafted(row, keys=()).pk, at=after(30))
    for number in (6, 7, 8, 9):
        executing.leave_out(actor=ANNA, order_id=row.pk, step=step(row, number).key, reason="Later", at=after(31))
    with pytest.raises(OrderRefused, match="is held by"):
        executing.complete(actor=ANNA, order_id=row.pk, at=after(32))


def test_an_order_still_at_the_desk_issues_no_document(crew):
    document = drafted(written())
    with pytest.raises(OrderRefused, match="issue it first"):
        safety.issue(actor=ANNA, document_id=document.pk, at=after(30))
    assert safety.cancel(actor=ANNA, document_id=document.pk, at=after(31)).state == "cancelled"
    with pytest.raises(OrderRefused, match="is cancelled"):
        safety.cancel(actor=ANNA, document_id=document.pk, at=after(32))


def test_who_and_what_it_names_must_exist(crew):
    row = written()
    for error, wrong in (
        (NotFound, NewDocument("permit", "x", "L2", ["SW1"], "ghost")),
        (NotFound, NewDocument("permit", "x", "NOTHING", ["SW1"], "holt")),
        (NotFound, NewDocument("permit", "x", "L2", ["L1"], "holt")),
        (NotFound, NewDocument("permit", "x", "L2", ["SW1"], "holt", ["c9"])),
        (Invalid, NewDocument("paper", "x", "L2", ["SW1"], "holt")),
        (Invalid, NewDocument("permit", " ", "L2", ["SW1"], "holt")),
        (Invalid, NewDocument("permit", "x", "L2", [], "holt")),
    ):
        with pytest.raises(error):
            safety.draft(actor=ANNA, order_id=row.pk, new=wrong, at=after(1))
    assert not SafetyDocument.objects.exists()
