"""The sample data goes by one command and nothing else does: on the embedded server, as a newcomer would."""

import json

import pytest

from tests.environment.installation import Installation

pytestmark = pytest.mark.slow
LEFT = """
import json
from adms.core.models import AuditEntry, User
from network.models import ModelVersion
from outages.models import RuleSetVersion
print(json.dumps([User.objects.count(), ModelVersion.objects.count(), AuditEntry.objects.count(), RuleSetVersion.objects.count()]))
"""


def left(place: Installation) -> list[int]:
    result = place.manage("shell", "-v", "0", "-c", LEFT)
    assert result.returncode == 0, result.stderr
    return list(json.loads(result.stdout))


def test_sample_data_is_thrown_away_once_and_only_by_its_name(installation: Installation) -> None:
    as_new = left(installation)
    refused = installation.manage("clear_demo", "--confirm", "Oberrhein")
    assert refused.returncode == 2
    assert "the demo is not loaded" in refused.stderr
    loaded = installation.manage("load_demo")
    assert loaded.returncode == 0, loaded.stderr
    full = left(installation)
    assert full[0] > 9
    assert full[1] == 1
    for answer in (["clear_demo"], ["clear_demo", "--confirm", "oberrhein"]):  # nothing typed; the wrong name
        refused = installation.manage(*answer)
        assert refused.returncode == 2
        assert "nothing was changed" in refused.stderr
    production = installation.manage(
        "clear_demo", "--confirm", "Oberrhein", PRODUCTION="1", ALLOWED_HOSTS="tieline.example"
    )
    assert production.returncode != 0
    assert left(installation) == full
    heads = installation.var_dir / "audit_heads.jsonl"
    heads.write_text('{"number": 1, "digest": "00", "at": ""}\n')
    done = installation.manage("clear_demo", "--confirm", "Oberrhein", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["models"] == ["Oberrhein"]
    assert left(installation) == as_new
    assert not heads.exists()
    assert not (installation.var_dir / "simulators").exists()
    verified = installation.manage("verify_audit")
    assert verified.returncode == 0, verified.stderr
