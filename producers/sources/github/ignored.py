"""GitHub's events that are dropped on purpose, by reason. Pure."""

from producers.vendor import because

_LIFE_OF_THE_WEBHOOK = {"ping", "meta"}
_SAID_BETTER_BY_ANOTHER_EVENT = {
    "check_suite",  # check runs and workflow runs
    "workflow_dispatch",  # the workflow run that it starts
    "repository_dispatch",
    "create",  # the push that makes the branch or tag
    "delete",
    "pull_request_review_thread",  # reviews and their comments
    "page_build",
}
_PLANNING_AROUND_ISSUES = {
    "issue_dependencies",
    "sub_issues",
    "label",
    "milestone",
    "project",
    "project_card",
    "project_column",
    "projects_v2",
    "projects_v2_item",
    "projects_v2_status_update",
}
_TALK_THAT_MOVES_NO_CHANGE = {"commit_comment", "discussion", "discussion_comment", "gollum"}
_APPLAUSE = {"fork", "sponsorship", "star", "watch"}
_SETTINGS_AND_RIGHTS = {
    "branch_protection_configuration",
    "branch_protection_rule",
    "bypass_request_push_ruleset",
    "bypass_request_secret_scanning",
    "custom_property",
    "custom_property_promoted_to_enterprise",
    "custom_property_values",
    "deploy_key",
    "dismissal_request_code_scanning",
    "dismissal_request_dependabot",
    "dismissal_request_secret_scanning",
    "exemption_request_push_ruleset",
    "exemption_request_secret_scanning",
    "github_app_authorization",
    "installation",
    "installation_repositories",
    "installation_target",
    "member",
    "membership",
    "org_block",
    "organization",
    "personal_access_token_request",
    "public",
    "repository",
    "repository_import",
    "repository_ruleset",
    "security_and_analysis",
    "team",
    "team_add",
    "user",  # of GitHub Enterprise Server
}
_MONEY = {"marketplace_purchase"}
_NO_FINDING_OF_A_REPOSITORY = {
    "repository_advisory",
    "secret_scanning_alert_location",  # the alert itself
    "secret_scanning_scan",  # it tells no findings
    "security_advisory",
}

IGNORED = because(
    {
        "life of the webhook": _LIFE_OF_THE_WEBHOOK,
        "another event says it better": _SAID_BETTER_BY_ANOTHER_EVENT,
        "planning around issues moves none of them": _PLANNING_AROUND_ISSUES,
        "talk that moves no change": _TALK_THAT_MOVES_NO_CHANGE,
        "applause": _APPLAUSE,
        "settings and rights": _SETTINGS_AND_RIGHTS,
        "money": _MONEY,
        "no finding in a repository, or told by its alert": _NO_FINDING_OF_A_REPOSITORY,
    }
)
