"""The feed over real HTTP: signed, counted, repeated until taken, and going on where it stopped."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from deploy.demo.deliveries import deliveries
from deploy.demo.feed import Feed
from deploy.demo.poster import pause_before
from deploy.demo.script import load_script, save_script
from deploy.demo.signing import as_github
from deploy.demo.story import Session
from schemas.deliveries import Secret

SECRET = Secret(b"a made-up secret")
END = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)
START = END - timedelta(days=1)


class Gateway:
    """Answers like the gateway; `refusals` are statuses that it gives first."""

    def __init__(self, refusals: list[int]) -> None:
        self.refusals = refusals
        self.bodies: list[bytes] = []
        self.events: list[str] = []
        self.connections: set[asyncio.Task[None]] = set()
        self.on_delivery: Callable[[], None] = lambda: None

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(asyncio.ensure_future(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                body = await reader.readexactly(int(headers["content-length"]))
                assert headers["x-hub-signature-256"] == "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
                writer.write(self.answer(headers["x-github-event"], body))
        except asyncio.IncompleteReadError:  # the feed has closed the connection
            writer.close()

    def answer(self, event: str, body: bytes) -> bytes:
        if self.refusals:
            status = self.refusals.pop()
            return f"HTTP/1.1 {status} No\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n".encode()
        self.bodies.append(body)
        self.events.append(event)
        outcome = "ignored" if event in {"star", "delete", "check_suite"} else "accepted"
        answer = {"delivery": hashlib.sha256(body).hexdigest(), "outcome": outcome, "stored": "kafka", "events": ["e"]}
        text = orjson.dumps(answer)
        self.on_delivery()
        return b"HTTP/1.1 202 Accepted\r\ncontent-length: %d\r\n\r\n" % len(text) + text


@asynccontextmanager
async def serving(gateway: Gateway) -> AsyncIterator[str]:
    server = await asyncio.start_server(gateway.accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*gateway.connections)


def feeding(url: str, folder: Path, start: datetime = START, seed: int = 7, stop: asyncio.Event | None = None) -> Feed:
    return Feed(url, as_github(SECRET), folder, seed=seed, start=start, stop=stop or asyncio.Event())


def lines(folder: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in (folder / "answered.jsonl").read_bytes().splitlines()]


def test_the_past_is_posted_signed_once_and_every_answer_is_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        gateway = Gateway([])
        async with serving(gateway) as url, feeding(url, tmp_path) as feed:
            await feed.backfill(END)
            await feed.backfill(END)
        expected = [orjson.dumps(planned.body) for planned in deliveries(7, START, END)]
        assert sorted(gateway.bodies) == sorted(expected)
        assert feed.tally.sent == feed.tally.answered == len(expected) > 50
        assert feed.tally.accepted + feed.tally.ignored == len(expected)
        assert feed.tally.ignored > 0
        assert {line["delivery"] for line in lines(tmp_path)} == {hashlib.sha256(body).hexdigest() for body in expected}
        assert feed.script.sent_until == END

    asyncio.run(scenario())


def test_what_is_refused_for_now_is_sent_again_and_what_is_refused_for_good_is_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        gateway = Gateway([503, 503, 401, 503])
        async with serving(gateway) as url, feeding(url, tmp_path) as feed:
            await feed.backfill(END)
        assert feed.tally.retried == 3
        assert feed.tally.refused == 1
        assert feed.tally.sent == feed.tally.answered + 1

    asyncio.run(scenario())


def test_a_feed_that_was_stopped_goes_on_where_it_stopped(tmp_path: Path) -> None:
    async def scenario() -> None:
        gateway, stop = Gateway([]), asyncio.Event()
        gateway.on_delivery = lambda: stop.set() if len(gateway.bodies) == 40 else None
        async with serving(gateway) as url:
            async with feeding(url, tmp_path, stop=stop) as feed:
                await feed.backfill(END)
            assert 40 <= len(gateway.bodies) < 80
            async with feeding(url, tmp_path, start=END, seed=99) as feed:
                await feed.backfill(END)
        assert sorted(gateway.bodies) == sorted(orjson.dumps(planned.body) for planned in deliveries(7, START, END))

    asyncio.run(scenario())


def test_a_gateway_that_is_away_does_not_keep_the_feed_from_stopping(tmp_path: Path) -> None:
    async def scenario() -> None:
        stop = asyncio.Event()
        async with feeding("http://127.0.0.1:9", tmp_path, stop=stop) as feed:
            asyncio.get_running_loop().call_later(0.3, stop.set)
            await asyncio.wait_for(feed.backfill(END), 5)
        assert feed.tally.answered == 0
        assert load_script(tmp_path / "script.json", 7, END).sent_until == START + timedelta(seconds=1)

    asyncio.run(scenario())


def test_live_work_is_posted_as_it_happens_and_is_part_of_the_script(tmp_path: Path) -> None:
    async def scenario() -> None:
        gateway = Gateway([])
        now = datetime.now(UTC)
        async with serving(gateway) as url, feeding(url, tmp_path, start=now - timedelta(hours=1)) as feed:
            await feed.backfill(now - timedelta(seconds=60))
            before = feed.tally.answered
            await feed.live(rate=30, seconds=2)
        script = feed.script
        assert feed.tally.answered - before > 100
        assert script == load_script(tmp_path / "script.json", 7, now)
        assert len(script.sessions) == 1
        planned = deliveries(script.seed, script.start, script.sent_until, script.sessions)
        assert sorted(gateway.bodies) == sorted(orjson.dumps(one.body) for one in planned)

    asyncio.run(scenario())


def test_a_script_that_was_kept_tells_the_same_story(tmp_path: Path) -> None:
    session = Session(END, END + timedelta(minutes=1), 10)
    script = load_script(tmp_path / "script.json", 7, START).told_until(END).with_session(session)
    save_script(tmp_path / "script.json", script)
    kept = load_script(tmp_path / "script.json", 8, END)
    assert kept == script
    assert list(deliveries(kept.seed, kept.start, session.end, kept.sessions)) == list(
        deliveries(7, START, session.end, [session])
    )


def test_a_clipped_script_keeps_only_the_live_work_that_began(tmp_path: Path) -> None:
    script = load_script(tmp_path / "script.json", 7, START).with_session(Session(END, END + timedelta(minutes=1), 10))
    half = END + timedelta(seconds=30)
    assert script.clipped(half).sessions == (Session(END, half, 10),)
    assert script.clipped(END).sessions == ()


def test_pauses_grow_honour_the_gateway_and_stay_bounded() -> None:
    assert pause_before(0, None) < pause_before(1, None) < pause_before(2, None)
    assert pause_before(0, "3") == 3
    assert pause_before(50, None) == pause_before(0, "9999") == 10
    assert pause_before(0, "Wed, 21 Oct 2026 07:28:00 GMT") == pause_before(0, None)
