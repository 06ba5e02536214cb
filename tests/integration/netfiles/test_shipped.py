"""Networks other packages ship, and files without names."""

from pathlib import Path

import pytest

from adms.core.errors import Refused
from integration.netfiles.branches import find_branch
from integration.netfiles.reading import read_net


def test_a_pandapower_net_without_names_gets_numbers_and_pairs() -> None:
    net = read_net(["pandapower:case33bw"])
    assert net.bus["name"].is_unique
    assert find_branch(net, "24-28") == ("line", 36)
    assert len(net.line[~net.line["in_service"]]) == 5


def test_a_pandapower_file_is_read(tmp_path: Path) -> None:
    import pandapower

    net = read_net(["pandapower:case4gs"])
    pandapower.to_json(net, tmp_path / "net.json")
    assert list(read_net([tmp_path / "net.json"]).bus["name"]) == list(net.bus["name"])


@pytest.mark.parametrize("name", ["pandapower:no_such", "simbench:no such"])
def test_an_unknown_shipped_network_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="no network"):
        read_net([name])
