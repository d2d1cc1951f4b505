"""Events that are dropped on purpose: they are kept raw, but nothing is read from them."""

CUSTOM = "custom"
"""The name that all types `dev.cdeventsx.…` go by: their vocabulary is that of the tool that sends them."""

IGNORED = frozenset(
    (
        CUSTOM,
        # A branch's commits are told by nobody here: its name alone joins nothing.
        *("branch.created", "branch.deleted"),
        # What is in a repository counts, not that there is one; the catalog says whose it is.
        *("repository.created", "repository.modified", "repository.deleted"),
        # That a deployed service can be reached: counted as a deployment it would be the second of the same.
        "service.published",
        # A file of a test run, such as a video: no result is in it.
        "testoutput.published",
        # Of a draft (0.6.0): an approval names what it is for by an address, so that no commit can be told.
        *("approval.created", "approval.updated", "approval.closed"),
    )
)
