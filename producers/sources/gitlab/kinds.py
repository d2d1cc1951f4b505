"""Which kind of event a delivery of GitLab is. Pure."""

from typing import Any, ClassVar

from producers.source import Unmappable
from schemas.deliveries import Headers

_HEADER = "x-gitlab-event"
_HOOK = " Hook"
_SYSTEM = "System Hook"


class KindOrHook:
    """In the body: `object_kind`, or `event_name` for what is no object; where neither is there, in the header.

    The body comes first, for a system hook's header says no more than `System Hook`, and confidential issues have a
    header of their own. A job is called `build` in the body and `Job Hook` in the header.
    """

    in_body: ClassVar[bool] = True
    place: ClassVar[str] = "object_kind"

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        if not isinstance(document, dict):
            raise Unmappable("the document is not an object")
        for field in ("object_kind", "event_name"):
            name = document.get(field)
            if isinstance(name, str) and name:
                return name
        if "builds" in document and "object_attributes" in document:
            return "pipeline"  # sent by hand without its kind: nothing else has both
        hook = headers.get(_HEADER, "")
        if not hook.endswith(_HOOK) or hook == _SYSTEM:
            raise Unmappable("neither object_kind nor event_name nor the header X-Gitlab-Event names it", self.place)
        kind = hook.removesuffix(_HOOK).removeprefix("Confidential ").lower().replace(" ", "_")
        return "build" if kind == "job" else kind

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        words = "job" if event == "build" else event.replace("_", " ")
        return {_HEADER: words.title() + _HOOK}, {"object_kind": event}
