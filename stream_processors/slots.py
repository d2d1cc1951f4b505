"""The durable side of the windows: five-minute slots in hours, and which slot each observation counted in.

Both carry the offset last applied to them. A record at or below it is not applied again, so that a replay after a crash
changes nothing, whichever half of an observation's keys had been written; the observation's own key is written last.
"""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from schemas.metrics import SLOT_MS, WINDOWS
from schemas.observations import Observation
from stream_processors.metric import Kind
from stream_processors.state import SEPARATOR, State, key_of
from stream_processors.sums import Sums, sums_of

SLOTS_AN_HOUR = 12
LONGEST = max(WINDOWS.values())
HOURS = b"hour" + SEPARATOR.encode()
IDS = b"id" + SEPARATOR.encode()


class SeriesKey(NamedTuple):
    """What one line of numbers is about."""

    service: str
    metric: str
    part: str


class Counted(NamedTuple):
    """What an observation counted as, and in which slot (five-minute intervals since the epoch)."""

    slot: int
    sums: Sums


class Delta(NamedTuple):
    """What came to (sign 1) or left (sign −1) a slot."""

    slot: int
    sums: Sums
    sign: int


def apply(observation: Observation, kind: Kind, offset: int, arrived_ms: int, state: State) -> list[Delta]:
    """Count an observation in its slot, in place of what it counted as before; what that changed in the slots.

    One that was older than the longest window when it arrived is for ClickHouse only.
    """
    key = key_of_series(observation)
    id_key = IDS + observation.id.encode()
    stored = state.get(id_key)
    before, stamp = (None, -1) if stored is None else _decode_id(stored, kind)
    after = _counted(observation, kind, arrived_ms)
    if stamp >= offset or before == after:
        return []
    deltas: list[Delta] = []
    for hour in sorted({one.slot // SLOTS_AN_HOUR for one in (before, after) if one is not None}):
        deltas += _apply_to_hour(key, hour, before, after, offset, state)
    state.put(id_key, _encode_id(observation, after, offset))
    return deltas


def key_of_series(observation: Observation) -> SeriesKey:
    """The series that an observation counts in."""
    return SeriesKey(observation.service, observation.metric, observation.part)


def slots_of_hour(key: SeriesKey, hour: int, state: State) -> dict[int, Sums]:
    """The slots of an hour that hold something."""
    stored = state.get(_hour_key(key, hour))
    return {} if stored is None else _sums(hour, stored)


def all_hours(state: State) -> Iterator[tuple[SeriesKey, dict[int, Sums]]]:
    """Every hour of every series: its slots that hold something, maybe none any more."""
    for stored_key, value in state.scan(HOURS):
        if not stored_key.startswith(HOURS):
            return
        key, hour = series_and_hour(stored_key)
        yield key, _sums(hour, value)


def series_and_hour(stored_key: bytes) -> tuple[SeriesKey, int]:
    """The series of a stored hour, and which hour it is."""
    _, service, metric, part, hour = stored_key.decode().split(SEPARATOR)
    return SeriesKey(service, metric, part), int(hour)


def is_past(stored_key: bytes, value: bytes, end: int) -> bool:
    """Whether a stored hour or observation is out of every window that ends at slot `end`."""
    if stored_key.startswith(HOURS):
        _, hour = series_and_hour(stored_key)
        return (hour + 1) * SLOTS_AN_HOUR <= end - LONGEST
    if stored_key.startswith(IDS):
        _, slot, *rest = orjson.loads(value)
        known: int = rest[0] if slot is None else slot
        return known < end - LONGEST
    return False


def _counted(observation: Observation, kind: Kind, arrived_ms: int) -> Counted | None:
    slot = _slot_of(observation)
    if observation.value is None or slot < arrived_ms // SLOT_MS - LONGEST:
        return None
    return Counted(slot, sums_of(kind, observation.value, observation.weight, observation.linked))


def _slot_of(observation: Observation) -> int:
    return round(observation.at.timestamp() * 1000) // SLOT_MS


def _apply_to_hour(
    key: SeriesKey, hour: int, before: Counted | None, after: Counted | None, offset: int, state: State
) -> list[Delta]:
    stored_key = _hour_key(key, hour)
    stored = state.get(stored_key)
    slots: dict[str, list[object]] = {} if stored is None else orjson.loads(stored)
    deltas: list[Delta] = []
    for slot in {one.slot for one in (before, after) if one is not None and one.slot // SLOTS_AN_HOUR == hour}:
        place = str(slot % SLOTS_AN_HOUR)
        stamp, sums = _decode_slot(slots[place]) if place in slots else (-1, Sums())
        if stamp >= offset:
            continue
        for one, sign in ((before, -1), (after, 1)):
            if one is not None and one.slot == slot:
                sums.add(one.sums, sign)
                deltas.append(Delta(slot, one.sums, sign))
        slots[place] = _encode_slot(offset, sums)
    state.put(stored_key, orjson.dumps(slots))
    return deltas


def _hour_key(key: SeriesKey, hour: int) -> bytes:
    return key_of("hour", *key, f"{hour:08d}")


def _sums(hour: int, value: bytes) -> dict[int, Sums]:
    slots = {hour * SLOTS_AN_HOUR + int(place): _decode_slot(slot)[1] for place, slot in orjson.loads(value).items()}
    return {slot: sums for slot, sums in slots.items() if sums.count}


def _encode_slot(stamp: int, sums: Sums) -> list[object]:
    return [stamp, sums.count, sums.linked, sums.weight, sums.total, *sums.histogram.items()]


def _decode_slot(slot: list[object]) -> tuple[int, Sums]:
    stamp, count, linked, weight, total, *histogram = slot
    return stamp, Sums(count, linked, weight, total, dict(histogram))  # type: ignore[arg-type, return-value]


def _encode_id(observation: Observation, counted: Counted | None, stamp: int) -> bytes:
    if counted is None:  # its slot says when it can be forgotten
        return orjson.dumps([stamp, None, _slot_of(observation)])
    return orjson.dumps([stamp, counted.slot, observation.value, observation.weight, observation.linked])


def _decode_id(value: bytes, kind: Kind) -> tuple[Counted | None, int]:
    stamp, slot, *rest = orjson.loads(value)
    return (None if slot is None else Counted(slot, sums_of(kind, *rest))), stamp
