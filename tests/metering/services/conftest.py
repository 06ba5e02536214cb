"""The story feeder, operated."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def network(db: None) -> Iterator[None]:
    from adms.core.models import FailedEvent
    from network.selectors import state
    from outages.services import prediction
    from tests.cast import publish

    state.forget()
    prediction._tried.clear()
    publish()
    yield
    assert [failed.reason for failed in FailedEvent.objects.all()] == []
