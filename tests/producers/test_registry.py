"""Sources are found by presence."""

import pytest

from producers.registry import find_source, source_names
from producers.source import UnknownSource


def test_every_source_bears_the_name_it_is_found_under() -> None:
    assert {"github", "git"} <= set(source_names())
    assert [find_source(name).name for name in source_names()] == source_names()


@pytest.mark.parametrize("name", ["", "nobody", "../git", "git.x", "GITHUB"])
def test_a_source_that_nobody_wrote_is_unknown(name: str) -> None:
    with pytest.raises(UnknownSource, match="there are"):
        find_source(name)
