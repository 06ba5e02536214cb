"""The scene of the pages: a network, a crew, an outage. Imported late, because models need the settings."""

import pytest


@pytest.fixture
def network(db):
    """The feeder of the stories, operated, with nothing wrong."""
    from network.selectors import state
    from tests import cast
    from tests.outages.views import scene

    state.forget()
    return cast.publish(scene.named_feeder())


@pytest.fixture
def crew(network):
    """A free crew on shift."""
    from tests.outages.views import scene

    return scene.crew()


@pytest.fixture
def outage(crew):
    """F1 predicted open ten minutes ago."""
    from tests.outages.views import scene

    return scene.outage()
