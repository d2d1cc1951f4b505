"""Events that are dropped on purpose, by reason: they are kept raw, but nothing is read from them. Pure."""

from producers.vendor import because

CUSTOM = "custom"
"""The name that all types `dev.cdeventsx.…` go by."""

IGNORED = because(
    {
        "their vocabulary is that of the tool that sends them": [CUSTOM],
        "a branch's commits are told by nobody here, and its name alone joins nothing": [
            "branch.created",
            "branch.deleted",
        ],
        "what is in a repository counts, not that there is one; the catalog says whose it is": [
            "repository.created",
            "repository.modified",
            "repository.deleted",
        ],
        "that a deployed service can be reached would be counted as a second deployment": ["service.published"],
        "a file of a test run, such as a video, has no result in it": ["testoutput.published"],
        "an approval (a draft of 0.6) names what it is for by an address, so that no commit can be told": [
            "approval.created",
            "approval.updated",
            "approval.closed",
        ],
        # https://github.com/cdevents/sdk-go/blob/main/generator/generator.go
        "the SDK of CDEvents tests itself with it, and no tool sends it": ["foosubject.barpredicate"],
    }
)
