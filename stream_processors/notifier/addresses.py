"""Which addresses the notifier may connect to: public ones, and what `notify.allow_private` names. Pure."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from schemas.destinations import network_of

Address = IPv4Address | IPv6Address

_SHARED = ip_network("100.64.0.0/10")
"""Between a provider and its customers (RFC 6598): neither private nor public by Python's own properties."""
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_BY_NAME = frozenset({"private", "loopback"})
"""What a host's name in `allow_private` permits. Metadata services are link-local: only a network permits those."""


class Allowed:
    """The entries of `notify.allow_private`: names of hosts, addresses, networks. Raises ValueError for others."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        self._hosts: set[str] = set()
        for entry in entries:
            network = network_of(entry)
            if network is None:
                self._hosts.add(_plain(entry))
            else:
                self._networks.append(network)

    def refusal(self, address: str, host: str) -> str | None:
        """Why `address`, which the name `host` resolved to, must not be reached; None where it may be."""
        try:
            whole = ip_address(address.partition("%")[0])
        except ValueError:  # a Unix socket's path, or a name that nobody has resolved
            return "no address of the internet protocol"
        for one in _meant(whole):
            kind = _kind(one)
            by_name = kind in _BY_NAME and _plain(host) in self._hosts
            if kind and not by_name and not self._names(whole) and not self._names(one):
                return f"{whole} is {kind}; if it is meant, name its host or network in notify.allow_private"
        return None

    def _names(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _meant(address: Address) -> Iterator[Address]:
    """The address, and those of version 4 that it carries: mapped, translated or tunnelled."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            yield address.ipv4_mapped  # the wrapper alone is "reserved" for some Pythons
            return
        if any(address in network for network in _NAT64):
            yield IPv4Address(int(address) & 0xFFFFFFFF)
            return
        if address.sixtofour is not None:
            yield address.sixtofour
        if address.teredo is not None:
            yield from address.teredo
    yield address


def _kind(address: Address) -> str | None:
    """What an address is, where it is no public one of a single host."""
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast:
        return "multicast"
    if address.is_unspecified:
        return "unspecified"
    if (isinstance(address, IPv4Address) and address in _SHARED) or _is_of_a_site(address):
        return "private"
    if address.is_reserved or not (address.is_private or address.is_global):
        return "reserved"
    return "private" if address.is_private else None


def _is_of_a_site(address: Address) -> bool:
    return isinstance(address, IPv6Address) and address.is_site_local
