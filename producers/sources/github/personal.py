"""Where GitHub's payloads name people. Pure.

Every login is hashed, whoever's it is: the roles are too many to list (sender, assignees, merged_by, blocked_user …),
and an organisation's name is still told by its repositories. So are the addresses in an account, for they repeat its
login. Type and number of an account stay: bots are told by the type.

`repository.full_name` stays, for the catalog matches it, and so does what people wrote: titles, branch names, bodies.
"""

PERSONAL = (
    "**.login",
    "**.(login).*url",
    "**.username",
    "**.email",
    "**.gravatar_id",
    "**.author.name",
    "**.committer.name",
    "**.tagger.name",
    "**.pusher.name",
    "**.owner.name",
    "**.sender.name",
    "**.user.name",
    "**.account.name",
    "**.head.label",
    "**.base.label",
    # A signed commit as it was signed, its author in it.
    "**.verification.payload",
    "**.verification.signature",
    # The fork that a change comes from is its author's.
    "**.repo.full_name",
    "**.repo.*url",
    "**.head_repository.full_name",
    "**.head_repository.*url",
    "**.membership.url",
    "**.organization_billing_email",
    "**.authorized_actor_names",
)
