"""Every connection of a message goes through here: checked, pinned, never redirected, ended at its deadline.

apprise and its plugins make their own connections, with requests and with smtplib. So the guard stands where both must
pass, in the notifier's process only, and only around a message (`passage`); Kafka's connections are not touched.

- `socket.getaddrinfo` asks once for each name, port and message. If one of the addresses must not be reached, none is:
  a name that means a public and a private address at once is not trusted. The connection uses what was checked; a name
  that would resolve differently a second time is not asked a second time. TLS still verifies the name.
- An audit hook sees every connect and datagram of the interpreter, and checks the very address: that holds if a plugin
  finds another way to resolve a name.
- `requests.Session.send` follows no redirect, uses no proxy (it would resolve names itself) and adds the message's id.
"""

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from threading import Lock
from typing import Any

import requests

from stream_processors.notifier.addresses import Allowed

ID_HEADER = "X-Pipegauge-Id"
_OUTWARD = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_REDIRECTS = range(300, 400)

_passage: ContextVar["Passage | None"] = ContextVar("passage", default=None)
_getaddrinfo = socket.getaddrinfo
_send = requests.Session.send
_installing = Lock()
_installed = False


class AddressRefused(OSError):
    """Where a message must not go; the text names the address and what would allow it."""


class Passage:
    """What one message did on the network. `cut_off` may be called from another thread."""

    def __init__(self, allowed: Allowed, message_id: str) -> None:
        self.message_id = message_id
        self.status: int | None = None
        self.is_redirected = False
        self.refusal: str | None = None
        self.error: str | None = None
        self.requests = 0
        self._allowed = allowed
        self._answers: dict[tuple[Any, ...], list[Any]] = {}
        self._checked: set[str] = set()
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._is_over = False

    @property
    def answered(self) -> bool:
        """Whether somebody was there: an HTTP answer, or a connection of another protocol."""
        if self.requests:
            return self.status is not None
        return any(_is_connected(one) for one in self._sockets)

    def resolve(self, host: Any, arguments: tuple[Any, ...]) -> list[Any]:
        """The checked addresses of `host`, the same ones each time. Raises AddressRefused."""
        name = host.decode() if isinstance(host, bytes) else str(host)
        if (name, *arguments) not in self._answers:
            answers = _getaddrinfo(host, *arguments)
            for answer in answers:
                self._check(str(answer[4][0]), name)
            self._checked.update(str(answer[4][0]) for answer in answers)
            self._answers[name, *arguments] = answers
        return self._answers[name, *arguments]

    def connect(self, sock: socket.socket, address: Any) -> None:
        """Lets a socket connect to an address that was checked. Raises AddressRefused."""
        if not isinstance(address, tuple):
            self._refuse("a connection that is not of the internet protocol")
        if address[0] not in self._checked:
            self._check(str(address[0]), "")  # an address as it stands in a URL may come without any resolving
        with self._lock:
            if self._is_over:
                raise TimeoutError("the message's time is over")
            # TLS takes the socket over and leaves the original one empty: a copy still reaches the connection.
            self._sockets.append(socket.socket(sock.family, sock.type, sock.proto, fileno=os.dup(sock.fileno())))

    def cut_off(self) -> None:
        """Ends all connections, and any that the message would still make."""
        with self._lock:
            self._is_over = True
            for one in self._sockets:
                with contextlib.suppress(OSError):  # ended already, or not connected yet
                    one.shutdown(socket.SHUT_RDWR)

    @property
    def was_cut_off(self) -> bool:
        return self._is_over

    def close(self) -> None:
        """Lets the copies of its sockets go."""
        with self._lock:
            self._is_over = True
            for one in self._sockets:
                one.close()
            self._sockets = []

    def _check(self, address: str, name: str) -> None:
        refusal = self._allowed.refusal(address, name)
        if refusal is not None:
            self._refuse(refusal)

    def _refuse(self, refusal: str) -> None:
        self.refusal = refusal
        raise AddressRefused(refusal)


@contextlib.contextmanager
def passage(allowed: Allowed, message_id: str) -> Iterator[Passage]:
    """What the calling thread does within the block goes through the guard."""
    install()
    made = Passage(allowed, message_id)
    token = _passage.set(made)
    try:
        yield made
    finally:
        _passage.reset(token)


def install() -> None:
    """Puts the guard into this process, once."""
    global _installed
    with _installing:
        if _installed:
            return
        socket.getaddrinfo = _guarded_getaddrinfo
        requests.Session.send = _guarded_send  # type: ignore[assignment, method-assign]
        sys.addaudithook(_on_audit)
        _installed = True


def _guarded_getaddrinfo(
    host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Any]:
    current = _passage.get()
    if current is None:
        return _getaddrinfo(host, port, family, type, proto, flags)
    return current.resolve(host, (port, family, type, proto, flags))


def _guarded_send(session: requests.Session, request: requests.PreparedRequest, **arguments: Any) -> requests.Response:
    current = _passage.get()
    if current is None:
        return _send(session, request, **arguments)
    request.headers[ID_HEADER] = current.message_id
    current.requests += 1
    current.status = None
    try:
        response = _send(session, request, **{**arguments, "allow_redirects": False, "proxies": {}})
    except Exception as error:
        current.error = type(error).__name__  # its text would name the address, hence the token in it
        raise
    current.status = response.status_code
    current.is_redirected |= response.status_code in _REDIRECTS
    return response


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _OUTWARD:
        current = _passage.get()
        if current is not None:
            current.connect(*arguments)


def _is_connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:  # refused, timed out, or ended since
        return False
    return True
