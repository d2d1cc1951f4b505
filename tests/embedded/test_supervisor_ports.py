import socket

from deploy.embedded import ports


def test_the_preferred_port_is_taken_if_it_is_free_and_another_if_not() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        other = ports.pick(taken)
        assert other != taken
        with socket.socket() as server:
            server.bind(("127.0.0.1", other))
    assert ports.pick(taken) == taken


def test_a_picked_port_is_not_one_that_outgoing_connections_get() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        assert 20_000 <= ports.pick(holder.getsockname()[1]) < 32_000
    assert 20_000 <= ports.pick(0) < 32_000
