"""Order and repetition: a source remembers nothing, and changes nothing that it was given. Pure."""

from collections.abc import Iterator, Sequence

import orjson

from producers.conformance.case import RECEIVED_AT, SALT, Case, Outcome, Sample, put
from producers.conformance.finding import Finding
from producers.personal import hash_personal
from producers.source import Source, Unmappable
from schemas.deliveries import Delivery


def order(source: Source, read: Sequence[tuple[Case, Outcome]], samples: Sequence[Sample]) -> Iterator[Finding]:
    """Reads everything once more, backwards: each payload must become what it became before."""
    for case, before in reversed(read):
        after = put(source, case)
        if (after.door, after.events) != (before.door, before.events):
            said = "the same payload becomes something else when it comes again, after others"
            remedy = "keep nothing between two deliveries, and ask neither the time nor chance"
            yield Finding("order", "fault", said, remedy, (case.name,))
    for sample in samples:
        yield from _unchanged(source, sample)


def _unchanged(source: Source, sample: Sample) -> Iterator[Finding]:
    document = hash_personal(orjson.loads(orjson.dumps(sample.document)), source.personal, SALT)[0]
    given = orjson.dumps(document)
    try:
        source.normalise(Delivery(source.name, sample.case.headers, sample.case.body, None, RECEIVED_AT, document))
    except Unmappable:  # the document may be in another form than the body: then nothing is shown by it
        return
    if orjson.dumps(document) != given:
        said, remedy = "`normalise` changes the document that it is given", "copy what you change"
        yield Finding("order", "fault", said, remedy, (sample.case.name,))
