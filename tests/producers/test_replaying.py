"""What was dead, after its mapping was fixed: the records are those of a delivery whose mapping was never broken."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from producers.gateway import Intake, take_in
from producers.mapping import MappedSource
from producers.mapping.verification import signed
from producers.replaying import DeadDelivery, Revived, StillDead, revived
from producers.source import OpenSource
from schemas.catalog import Catalog
from schemas.config_text import parse
from schemas.deliveries import DEAD_LETTER_HEADER, HTTP_PREFIX, DeadLetter, Delivery, Secret

SAMPLE = (Path(__file__).parents[1] / "fixtures/mapping/acme-ci.yaml").read_text("utf-8")
BROKEN = SAMPLE.replace("run: build.id", "run: build.number")
NOON = datetime(2026, 3, 5, 12, 0, 0, 123000, tzinfo=UTC)  # stored in milliseconds
LATER = NOON + timedelta(days=1)
SECRET = Secret(b"a secret of acme")
SALT = b"salt"
TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
BUILD = {
    "id": 7,
    "try": 1,
    "name": "build",
    "status": "passed",
    "commit": "abc",
    "began": 1772698200,
    "ended": 1772698300,
}
BODY = orjson.dumps({"type": "build.finished", "repo": "acme/shop", "build": BUILD, "by": {"login": "ann-example"}})


def opened(text: str) -> tuple[OpenSource, Catalog]:
    config = parse(text, "p.yaml")
    of = config.sources["acme-ci"]
    assert of.mapping is not None
    return OpenSource(MappedSource("acme-ci", of.mapping, of.signature), of, [SECRET]), Catalog(config.services)


def sent(text: str, **headers: str) -> Intake:
    """The delivery under the configuration `text`."""
    acme, catalog = opened(text)
    assert isinstance(acme.source, MappedSource)
    proof = signed(acme.source.signature, BODY, SECRET, "", NOON)
    given = {name.lower(): value for name, value in proof.items()} | headers
    delivery = Delivery("acme-ci", given, BODY, None, NOON)
    return take_in(delivery, acme.source, acme.secrets, acme.settings, catalog, SALT, TRACE)


def dead_of(intake: Intake) -> DeadDelivery:
    """What the store keeps of a dead delivery."""
    delivery, letter = intake.records
    headers = {
        name.removeprefix(HTTP_PREFIX): v.decode() for name, v in delivery.headers if name.startswith(HTTP_PREFIX)
    }
    told = DeadLetter.model_validate_json(dict(letter.headers)[DEAD_LETTER_HEADER])
    return DeadDelivery(told, letter.value, headers)


def again(dead: DeadDelivery, text: str = SAMPLE) -> Revived | StillDead:
    acme, catalog = opened(text)
    return revived(dead, acme, catalog, SALT, TRACE, LATER)


def test_the_records_are_those_of_a_mapping_that_was_never_broken() -> None:
    given = {"content-type": "application/json", "x-acme-delivery": "12"}
    outcome = again(dead_of(sent(BROKEN, **given)))
    assert isinstance(outcome, Revived)
    assert outcome.intake == sent(SAMPLE, **given)


def test_the_letter_is_marked_under_its_own_id() -> None:
    dead = dead_of(sent(BROKEN))
    outcome = again(dead)
    assert isinstance(outcome, Revived)
    marked = DeadLetter.model_validate_json(dict(outcome.mark.headers)[DEAD_LETTER_HEADER])
    assert marked == dead.letter.model_copy(update={"replayed_at": marked.replayed_at})
    assert marked.replayed_at == LATER.replace(microsecond=123000)
    assert (outcome.mark.key, outcome.mark.value) == (b"acme-ci", dead.body)


def test_what_does_not_fit_yet_stays_dead_and_says_why() -> None:
    dead = dead_of(sent(BROKEN))
    assert again(dead, BROKEN) == StillDead("RunUpdated.run is missing: build.number", "build.number")
    assert isinstance(revived(dead, None, Catalog([]), SALT, TRACE, LATER), StillDead)


def test_what_is_ignored_now_is_dead_no_more() -> None:
    document: Any = SAMPLE.split("        build.finished:\n")[0] + "        build.finished: []\n"
    outcome = again(dead_of(sent(BROKEN)), document)
    assert isinstance(outcome, Revived)
    assert (outcome.intake.outcome, outcome.intake.events) == ("ignored", ())


def test_a_person_whom_the_broken_mapping_did_not_name_is_hashed_by_the_replay() -> None:
    dead = dead_of(sent(SAMPLE.replace('personal: ["**.login"]', "personal: []")))
    assert b"ann-example" in dead.body
    outcome = again(dead)
    assert isinstance(outcome, Revived)
    assert not [record for record in (*outcome.intake.records, outcome.mark) if b"ann-example" in record.value]
