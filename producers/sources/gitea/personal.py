"""Where Gitea's payloads, and those of its relatives, name people. Pure.

Whoever has a login is an account, by whatever role it is named, be it a person's or an organisation's. What a
repository is called stays, for the catalog matches it, and so does what people wrote: titles, branch names, bodies.
"""

PERSONAL = (
    "**.login",
    "**.username",
    "**.email",
    "**.(login).*name",
    "**.(login).*url",
    "**.(login).*location",
    "**.(login).*website",
    "**.(login).*description",
    "**.(username).*name",
    "**.author.name",
    "**.committer.name",
    "**.original_author",
    # In an issue the repository's owner is a text.
    "**.repository.owner",
    # A signed commit as it was signed, its author in it.
    "**.verification.payload",
    "**.verification.signature",
    # The fork that a change comes from is its author's.
    "**.head.label",
    "**.repo.full_name",
    "**.repo.*url",
    "**.head_repo.full_name",
    "**.head_repo.*url",
    "**.head_repository.full_name",
    "**.head_repository.*url",
    # The payload that started a run at Forgejo, written as a text.
    "**.event_payload",
)
