"""The kit finds what is planted, and says how to mend it; where nothing is planted, it finds nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from deploy.conformance.zones import this_machine
from producers.conformance.case import RECEIVED_AT, Case, put
from producers.conformance.check import Checked, Material, check
from producers.conformance.finding import Finding
from producers.conformance.fixtures import events_of
from producers.conformance.vectors import Vector
from producers.source import BadSignature, Source
from schemas.deliveries import Delivery, Secret
from tests.conformance import planted
from tests.conformance.acme import BUILD, CASES, SOUND, case, with_mapping

PLANTED: dict[str, tuple[Source, str, str]] = {
    "accepts unsigned": (replace(SOUND, proof=planted.Unsigned()), "verification", "an unsigned delivery is accepted"),
    "delivery id as identity": (
        with_mapping("build", planted.delivery_id_as_identity),
        "identity",
        "the header x-acme-delivery is part of the id",
    ),
    "local time": (with_mapping("build", planted.local_time), "clock", "this machine's time zone decides"),
    "KeyError on a missing field": (with_mapping("build", planted.key_error), "totality", "KeyError('attempt')"),
    "name-guessed production": (
        with_mapping("build", planted.name_guessed_production),
        "tiers",
        "the text build.job makes a deployment to production",
    ),
    "O(n²)": (with_mapping("push", planted.quadratic), "size", "grows faster than commits"),
    "swallows unknown events": (planted.Swallowing(), "totality", "an unknown event is swallowed"),
    "forgets attempts": (
        with_mapping("build", planted.forgets_attempts),
        "identity",
        "the field build.attempt counts attempts",
    ),
    "takes a replay": (
        replace(SOUND, proof=planted.Ageless()),
        "verification",
        "signed a day before it came is accepted",
    ),
}
OTHERS: dict[str, tuple[Source, str, str]] = {
    "a delivery id of the body": (
        with_mapping("build", planted.delivery_id_of_the_body),
        "identity",
        "the field delivery_id is part of the id",
    ),
    "the time of receipt": (with_mapping("build", planted.receipt_as_identity), "clock", "the time of receipt is part"),
    "an offset that is not read": (with_mapping("build", planted.offset_not_read), "clock", "the offset of a time"),
    "the machine's time": (with_mapping("build", planted.now), "clock", "happens when it is read"),
    "an attempt outside the id": (
        with_mapping("build", planted.attempt_outside_the_id),
        "identity",
        "that differ in attempt have one id",
    ),
    "a memory": (with_mapping("build", planted.remembering), "order", "becomes something else when it comes again"),
    "a name that sounds like a bot's": (
        # Names are hashed before a source sees them, unless it leaves them out of `personal`.
        replace(with_mapping("build", planted.guessed_bot), personal=()),
        "bots",
        "a person is called a bot because of the name",
    ),
    "only the first secret": (planted.OwnRotation(), "verification", "signed with the old secret while both are set"),
    "silence": (planted.Silent(), "totality", "does not say so"),
}


def checked(source: Source, cases: Sequence[Case] = CASES, **material: Any) -> Checked:
    return check(source, Material(None, "fixtures", {"acme-ci": cases}, **material), this_machine())


def faults(source: Source, cases: Sequence[Case] = CASES) -> list[Finding]:
    return [one for one in checked(source, cases).findings if one.level == "fault"]


def test_a_sound_source_passes() -> None:
    assert faults(SOUND) == []


@pytest.mark.parametrize("name", PLANTED)
def test_each_planted_fault_is_found_and_only_it(name: str) -> None:
    source, promise, said = PLANTED[name]
    found = faults(source)
    assert any(one.promise == promise and said in one.said and one.remedy for one in found), found
    assert {one.promise for one in found} == {promise}


@pytest.mark.parametrize("name", OTHERS)
def test_the_same_faults_are_found_where_they_are_made_in_another_way(name: str) -> None:
    source, promise, said = OTHERS[name]
    cases = [*CASES, case("build", {**BUILD, "delivery_id": "0b1c"})]
    assert any(one.promise == promise and said in one.said for one in faults(source, cases))


def test_production_that_was_guessed_before_is_found_too() -> None:
    guessing = with_mapping("build", planted.name_guessed_production)
    [found] = faults(guessing, [case("build", {**BUILD, "build": {**BUILD["build"], "job": "deploy-prod-eu"}})])
    assert found.said == "the text build.job decides alone that something went to production"


def test_how_a_source_that_is_no_vendor_is_signed_is_found_out() -> None:
    found = checked(planted.OwnVerification()).findings
    assert not [one for one in found if one.level == "fault" or one.promise == "verification"], found


def test_a_source_that_nobody_can_sign_for_is_told_as_a_gap() -> None:
    class Strange(planted.OwnVerification):
        def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
            raise BadSignature("never")

    [found] = [one for one in checked(Strange()).findings if one.promise == "verification"]
    assert (found.level, found.remedy) == (
        "gap",
        "give the source a `proof`, or make it a producers.vendor.Vendor",
    )


def test_every_payload_is_counted_at_its_door() -> None:
    cases = [*CASES, case("ping", {}), case("build", {}), case("deploy", {}), case("push", b"no".decode())]
    cases.append(Case("build/not_json", {"x-acme-event": "build"}, b"{"))
    found = checked(with_mapping("deploy", planted.key_error_of_deploy), cases)
    assert (found.files, found.mapped, found.ignored, found.refused, found.exceptions) == (8, 2, 1, 1, 2)
    assert found.dead_letters == {"the field build is missing": 1, "the document is not an object": 1}
    assert found.understood == 2 / 6
    assert found.cost.median_us


def test_what_an_excerpt_lacks_is_no_dead_letter_but_an_exception_counts() -> None:
    excerpts = [replace(case("build", {"...": "..."}), excerpt=True), replace(CASES[0], excerpt=True)]
    found = checked(SOUND, excerpts)
    assert (found.files, found.mapped, found.excerpts, found.understood) == (2, 1, 1, 1.0)
    crashing = checked(with_mapping("deploy", planted.key_error_of_deploy), [replace(CASES[2], excerpt=True)])
    assert (crashing.exceptions, crashing.excerpts) == (1, 0)


def test_two_facts_of_a_folder_with_one_id_are_found() -> None:
    other = {**BUILD, "build": {**BUILD["build"], "ended": "2026-03-02T10:09:01Z"}}
    source = with_mapping("build", planted.attempt_outside_the_id)
    assert not [one for one in faults(source, [CASES[0], case("build", other)]) if "occurred_at" in one.said]
    twice = with_mapping("build", planted.time_outside_the_id)
    assert any("differ in occurred_at" in one.said for one in faults(twice, [CASES[0], case("build", other)]))


@pytest.mark.parametrize(("expect", "digits"), [("valid", "0"), ("invalid", "right")])
def test_a_signature_of_the_vendor_s_own_is_taken_at_its_word(expect: Any, digits: str) -> None:
    secret, body = Secret(b"s"), b"{}"
    right = SOUND.proof.sign(body, secret, "", RECEIVED_AT).headers
    headers = right if digits == "right" else dict.fromkeys(right, "sha256=" + "0" * 64)
    vectors = [Vector("acme-ci", "one", headers, body, secret, expect)]
    [found] = [one for one in checked(SOUND, vectors=vectors).findings if one.level == "fault"]
    assert found.said.startswith("a valid" if expect == "valid" else "a forged")


def test_a_vector_of_sha_1_alone_may_be_refused_and_those_of_others_are_not_ours() -> None:
    weak = Vector("acme-ci", "weak", {"x-hub-signature": "sha1=00"}, b"", Secret(b"s"), "valid")
    of_others = Vector("acme-cd", "other", {}, b"", Secret(b"s"), "valid")
    assert not [one for one in checked(SOUND, vectors=[weak, of_others]).findings if one.level == "fault"]


def with_fixtures(source: Source, cases: Sequence[Case]) -> list[str]:
    found = check(source, Material(cases, "fixtures", {}), this_machine()).findings
    return [f"{one.level}: {one.said}" for one in found if one.promise == "fixtures"]


GOLDEN = [replace(one, events=tuple(events_of(put(SOUND, one)))) for one in CASES]


def test_fixtures_that_show_every_event_are_whole() -> None:
    assert with_fixtures(SOUND, GOLDEN) == []


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        (GOLDEN[1:], "gap: no case shows what build becomes"),
        ([CASES[0], *GOLDEN[1:]], "gap: a case has no events written down"),
        ([replace(GOLDEN[0], events=()), *GOLDEN[1:]], "fault: a case becomes other events than were written down"),
        ([*GOLDEN, case("build", {})], "fault: a case of the fixtures is no payload of the source: the field build"),
    ],
)
def test_what_fixtures_lack_is_said(cases: list[Case], said: str) -> None:
    [found] = with_fixtures(SOUND, cases)
    assert found.startswith(said)


def test_an_event_without_a_reason_or_in_both_lists_is_said() -> None:
    muddled = replace(SOUND, ignored={"ping": " ", "build": "of no use"})
    assert "gap: an event is ignored without a reason" in with_fixtures(muddled, GOLDEN)
    assert "fault: build is both handled and ignored" in with_fixtures(muddled, GOLDEN)


def test_what_a_reader_of_the_docs_would_miss_is_said() -> None:
    bare = replace(SOUND, title="", page="ci.example", setup="Add a hook.")
    found = [one.said for one in checked(bare).findings if one.promise == "docs"]
    assert found == ["`title` is empty", "`page` is no address", "`setup` does not say where the hook goes"]
