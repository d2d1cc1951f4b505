"""Every source of this project keeps its promises, by its own fixtures."""

import pytest

from deploy.conformance.check import check_all
from producers.registry import source_names


@pytest.mark.parametrize("name", source_names())
def test_a_source_keeps_its_promises(name: str) -> None:
    [found] = check_all([name], None, None, write=False, begun=print)
    print("\n".join(str(one) for one in found.findings))
    assert (found.faults, found.exceptions) == (0, 0)
