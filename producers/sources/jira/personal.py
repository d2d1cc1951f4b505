"""Where Jira's payloads name people. Pure.

A user stands under many names (assignee, reporter, author, any custom field), so it is told by what is in it. A change
of assignee or reporter names people in the changelog, in the same four fields as any other change: all are hashed.
Type of an account stays: bots are told by it.
"""

PERSONAL = (
    "**.accountId",
    "**.displayName",
    "**.publicName",
    "**.emailAddress",
    *("**.tmpFromAccountId", "**.tmpToAccountId"),
    *("**.(displayName).*name", "**.(displayName).*key", "**.(displayName).*self"),
    *("**.(accountId).*name", "**.(accountId).*key", "**.(accountId).*self"),
    # The address of a picture holds a hash of its owner's e-mail address, which can be guessed.
    *("**.avatarUrls.16x16", "**.avatarUrls.24x24", "**.avatarUrls.32x32", "**.avatarUrls.48x48"),
    *("**.items.from", "**.items.to", "**.items.fromString", "**.items.toString"),
)
