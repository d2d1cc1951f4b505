"""Names, logins and addresses leave the gateway as hashes only."""

import copy
import re
from typing import Any

import pytest

from producers.personal import hash_personal, is_bot
from producers.sources.github.personal import PERSONAL

SALT = b"a made-up salt"
PATHS = ("**.login", "**.author.name", "**.(login).*url")


def hashed(document: Any, paths: tuple[str, ...] = PATHS, salt: bytes = SALT) -> Any:
    return hash_personal(copy.deepcopy(document), paths, salt)[0]


def test_a_value_becomes_the_same_hash_wherever_it_stands() -> None:
    found = hashed({"sender": {"login": "ann"}, "list": [{"a": {"login": "ann"}}, [{"login": "bob"}]]})
    assert re.fullmatch(r"h:[0-9a-f]{16,20}", found["sender"]["login"])
    assert found["list"][0]["a"]["login"] == found["sender"]["login"]
    assert found["list"][1][0]["login"] != found["sender"]["login"]


def test_a_name_is_personal_only_where_a_path_says_so() -> None:
    found = hashed({"author": {"name": "Ann"}, "workflow": {"name": "build"}, "name": "checkout"})
    assert (found["workflow"]["name"], found["name"]) == ("build", "checkout")
    assert found["author"]["name"].startswith("h:")


def test_the_addresses_in_an_account_are_hashed_and_others_stay() -> None:
    found = hashed(
        {"user": {"login": "ann", "html_url": "https://x/ann", "type": "User"}, "html_url": "https://x/shop"}
    )
    assert found["user"]["html_url"].startswith("h:")
    assert (found["user"]["type"], found["html_url"]) == ("User", "https://x/shop")


def test_a_bot_can_still_be_told() -> None:
    assert re.fullmatch(r"h:[0-9a-f]+\[bot\]", hashed({"login": "tidybot[bot]"})["login"])


@pytest.mark.parametrize(
    "name",
    [
        "project_7_bot",
        "project_7_bot1",
        "group_12_bot_3fa9c0",
        "service_account_3fa9c0",
        "service_account_group_12_3fa9c0",
        "project_7_bot_3fa9@noreply.git.example",
    ],
)
def test_an_account_of_a_token_is_a_bot_before_and_after_it_is_hashed(name: str) -> None:
    assert is_bot(name)
    assert is_bot(hashed({"login": name})["login"])


@pytest.mark.parametrize("name", ["ann", "project_ann", "ann_project_7_bot", "group_bot", "talbot", "service_account"])
def test_a_person_is_no_bot(name: str) -> None:
    assert not is_bot(name)
    assert not is_bot(hashed({"login": name})["login"])


def test_beside_a_member_a_whole_key_is_another_than_an_ending() -> None:
    account = {"username": "ann", "name": "Ann", "event_name": "user_create"}
    whole = hashed(account, ("**.(username).name",))
    assert (whole["name"].startswith("h:"), whole["event_name"], whole["username"]) == (True, "user_create", "ann")
    assert hashed(account, ("**.(username).*_name",))["name"] == "Ann"


def test_another_salt_gives_another_hash() -> None:
    assert hashed({"login": "ann"}) != hashed({"login": "ann"}, salt=b"another salt")


@pytest.mark.parametrize("value", [None, "", 1, True, [], {}, [7]])
def test_what_is_no_text_stays(value: object) -> None:
    assert hash_personal({"login": value}, PATHS, SALT) == ({"login": value}, False)


@pytest.mark.parametrize("document", [None, 1, "ann", [], {}, [["ann"]]])
def test_any_document_will_do(document: object) -> None:
    assert hash_personal(document, PATHS, SALT) == (document, False)


def test_hashing_leaves_its_own_output_unchanged() -> None:
    once = hashed({"login": "ann", "a": [{"login": "tidybot[bot]"}]})
    assert hash_personal(copy.deepcopy(once), PATHS, SALT) == (once, False)


def test_a_path_of_an_unknown_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="no path"):
        hash_personal({}, ("login",), SALT)


def test_of_github_the_repository_survives_and_no_person_does() -> None:
    ann = {"login": "ann-example", "html_url": "https://github.com/ann-example", "type": "User", "id": 1}
    document = {
        "repository": {
            "full_name": "northwind/checkout",
            "html_url": "https://github.com/northwind/checkout",
            "owner": ann,
        },
        "sender": ann,
        "pusher": {"name": "ann-example", "email": "ann@example.org"},
        "commits": [
            {"author": {"name": "Ann", "email": "ann@example.org", "username": "ann-example"}, "message": "Go"}
        ],
        "pull_request": {"head": {"label": "ann-example:faster", "ref": "faster"}, "assignees": [ann]},
    }
    found = hashed(document, PERSONAL)
    assert found["repository"]["full_name"] == "northwind/checkout"
    assert found["repository"]["html_url"] == "https://github.com/northwind/checkout"
    assert found["sender"]["type"] == "User"
    assert "ann" not in repr(found).lower().replace("channel", "")


def test_texts_of_a_list_and_addresses_of_a_named_object_are_hashed() -> None:
    document = {"logins": ["ann", 7], "repo": {"full_name": "ann/cart", "html_url": "https://x/ann"}, "html_url": "u"}
    hashed, changed = hash_personal(document, ("**.logins", "**.repo.*url"), b"salt")
    assert changed
    assert isinstance(hashed, dict)
    assert hashed["logins"][0].startswith("h:")
    assert hashed["logins"][1] == 7
    assert hashed["repo"]["html_url"].startswith("h:")
    assert (hashed["repo"]["full_name"], hashed["html_url"]) == ("ann/cart", "u")


def test_an_object_may_have_several_endings_by_its_name_and_by_its_members() -> None:
    paths = ("**.(login).*url", "**.(login).*key", "**.(mail).*zone", "**.user.*name", "**.user.*phone")
    user = {"login": 1, "mail": 2, "html_url": "a", "key": "b", "zone": "c", "name": "d", "phone": "e", "type": "f"}
    found = hashed({"user": user}, paths)["user"]
    assert {key for key, value in found.items() if str(value).startswith("h:")} == {
        *("html_url", "key", "zone", "name", "phone")
    }


def test_texts_in_lists_of_a_list_are_hashed_too() -> None:
    document = {"logins": [["user", "ann"], [["bob"]], []]}
    found, changed = hash_personal(copy.deepcopy(document), ("**.logins",), SALT)
    assert changed
    assert isinstance(found, dict)
    assert "ann" not in repr(found)
    assert "bob" not in repr(found)
    assert hash_personal(copy.deepcopy(found), ("**.logins",), SALT) == (found, False)
