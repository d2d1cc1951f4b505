"""JSON paths of personal values, as sources and mappings write them."""

import re
from typing import Annotated

from pydantic import AfterValidator

PERSONAL_PATH = re.compile(r"\*\*\.(?:(?P<parent>\w+)\.|\((?P<member>\w+)\)\.)?(?P<key>\*?\w+)")


def _checked(path: str) -> str:
    if PERSONAL_PATH.fullmatch(path) is None:
        raise ValueError(f"{path!r} is no path of personal values; write **.key, **.parent.key or **.(member).*key")
    return path


PersonalPath = Annotated[str, AfterValidator(_checked)]
