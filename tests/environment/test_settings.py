"""The settings that reliability stands on."""

import pytest
from django.db import connection


@pytest.mark.django_db
class TestDatabase:
    def test_it_is_postgresql_eighteen_with_durable_commits(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')"
            )
            version, fsync, commit = cursor.fetchone()
        assert version.startswith("18")
        assert (fsync, commit) == ("on", "on")
