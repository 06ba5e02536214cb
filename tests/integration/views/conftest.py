"""A head-end that has sent one good, one half good and one unreadable message, and a partner that does not listen."""

import pytest


@pytest.fixture
def door(transactional_db):
    """The messages, really received."""
    from tests.integration.views import traffic

    return traffic.receive()
