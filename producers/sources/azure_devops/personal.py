"""Where Azure DevOps' payloads name people. Pure.

The messages are sentences with the name of who did it. Of a work item's fields those of people end as here; what a
field was and became is hashed whatever the field, for a person may be in it. Descriptors stay: bots are told by them.
"""

PERSONAL = (
    "**.displayName",
    "**.uniqueName",
    "**.email",
    "**.author.name",
    "**.committer.name",
    "**.message.text",
    "**.message.html",
    "**.message.markdown",
    "**.detailedMessage.text",
    "**.detailedMessage.html",
    "**.detailedMessage.markdown",
    # Accounts of old have an address for an id, and an artifact tells for whom it was built as one.
    "**.pushedBy.id",
    "**.requestedFor.id",
    "**.triggerInfo.*name",
    "**.fields.*By",
    "**.fields.*AssignedTo",
    "**.fields.*AuthorizedAs",
    "**.oldValue",
    "**.newValue",
)
