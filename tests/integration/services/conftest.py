"""Fixtures of the cast (models can only be imported once Django is set up, hence inside)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from integration.models import Partner
    from tests.integration.services import cast


@pytest.fixture
def hes(transactional_db: None) -> Partner:
    from tests.integration.services import cast

    return cast.make_partner("HES", ["created EndDeviceEvents"])


@pytest.fixture
def cis(transactional_db: None) -> Partner:
    from tests.integration.services import cast

    return cast.make_partner("CIS", ["create TroubleTickets"])


@pytest.fixture
def mill_lane(transactional_db: None) -> cast.MillLane:
    from tests.integration.services import cast

    return cast.make_mill_lane()


@pytest.fixture
def post() -> cast.Post:
    from tests.integration.services import cast

    return cast.post
