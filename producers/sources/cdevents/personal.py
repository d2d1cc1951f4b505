"""What CDEvents tell of people, and where tools put more of it: in `customData`, whose names are their own."""

PERSONAL = (
    *("**.user", "**.creator", "**.updatedBy", "**.assignees", "**.owner", "**.requestor", "**.responder"),
    # Data that is no JSON is one text, and what is in it nobody knows.
    *("**.customData", "**.data_base64"),
    *("**.actor", "**.author", "**.committer", "**.reviewer", "**.reviewers", "**.assignee", "**.approver"),
    *("**.email", "**.login", "**.username", "**.displayName", "**.fullName"),
    *("**.user.name", "**.creator.name", "**.actor.name", "**.author.name", "**.committer.name", "**.reviewer.name"),
    *("**.assignee.name", "**.assignees.name", "**.approver.name", "**.reviewers.name", "**.owner.name"),
)
