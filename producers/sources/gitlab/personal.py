"""Where GitLab's payloads name people. Pure.

An account is told by its username, or by fields of the delivery that begin with `user_`; its name, addresses and
picture are hashed too, its number stays. `path_with_namespace` stays, for the catalog matches it, and so does
what people wrote: titles, branch names, comments. A project's namespace and full name are display names, which of a
personal project are its owner's.
"""

PERSONAL = (
    "**.username",
    "**.old_username",
    "**.(username).name",
    "**.email",
    "**.avatar_url",
    "**.public_email",
    "**.user.name",
    "**.author.name",
    "**.committer.name",
    "**.assignee.name",
    "**.assignees.name",
    "**.reviewers.name",
    "**.owners.name",
    "**.approver.name",
    "**.user_name",
    "**.user_username",
    "**.user_email",
    "**.user_avatar",
    "**.user_url",
    "**.owner_name",
    "**.owner_email",
    "**.author_name",
    "**.author_email",
    "**.author_url",
    "**.namespace",
    "**.project_name",
    # The fork that a merge request comes from is its author's.
    "**.source.path_with_namespace",
    "**.source.*url",
    "**.source.homepage",
    # A public key ends in its owner's address.
    "**.key",
)
