"""Which addresses may be reached."""

import pytest

from stream_processors.notifier.addresses import Allowed

REFUSED = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "::1": "loopback",
    "10.1.2.3": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "fd00::1": "private",
    "fec0::1": "private",
    "100.64.0.1": "private",
    "169.254.169.254": "link-local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "0.0.0.0": "unspecified",
    "::": "unspecified",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:169.254.169.254": "link-local",
    "64:ff9b::10.0.0.1": "private",
    "64:ff9b::a9fe:a9fe": "link-local",
    "2002:7f00:1::": "loopback",
    "2001:0:7f00:1::1": "loopback",
    "192.0.2.1": "private",
}


@pytest.mark.parametrize(("address", "kind"), REFUSED.items())
def test_what_is_no_public_address_is_refused(address: str, kind: str) -> None:
    refusal = Allowed([]).refusal(address, "hooks.example.org")
    assert refusal is not None
    assert f"is {kind}" in refusal
    assert "notify.allow_private" in refusal


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::808:808"])
def test_public_addresses_may_be_reached(address: str) -> None:
    assert Allowed([]).refusal(address, "hooks.example.org") is None


def test_a_network_or_an_address_allows_what_is_in_it_and_nothing_else() -> None:
    allowed = Allowed(["10.1.0.0/16", "192.168.1.7", "fd00::/8"])
    assert [allowed.refusal(one, "") for one in ("10.1.2.3", "192.168.1.7", "fd12::1", "::ffff:10.1.2.3")] == [None] * 4
    assert all(allowed.refusal(one, "") for one in ("10.2.0.1", "192.168.1.8", "127.0.0.1"))


def test_a_name_allows_private_addresses_of_that_name_but_no_link_local_one() -> None:
    allowed = Allowed(["Alerts.internal"])
    assert allowed.refusal("10.1.2.3", "alerts.internal") is None
    assert allowed.refusal("127.0.0.1", "alerts.internal.") is None
    assert allowed.refusal("10.1.2.3", "other.internal")
    assert allowed.refusal("169.254.169.254", "alerts.internal")
    assert Allowed(["169.254.0.0/16"]).refusal("169.254.169.254", "alerts.internal") is None


def test_what_is_no_address_is_refused() -> None:
    assert Allowed(["0.0.0.0/0"]).refusal("/run/docker.sock", "")
