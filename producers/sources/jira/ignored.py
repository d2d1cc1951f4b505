"""Jira's events that are dropped on purpose, by reason. Pure."""

from producers.vendor import because

_TALK_THAT_MOVES_NO_TICKET = {
    *("comment_created", "comment_updated", "comment_deleted"),
    *("attachment_created", "attachment_deleted"),
}
_HOURS_ARE_NOT_MEASURED = {
    *("worklog_created", "worklog_updated", "worklog_deleted"),
    "jira:worklog_updated",  # so called up to Jira 6
}
_SAID_BETTER_BY_THE_ISSUE = {
    *("issuelink_created", "issuelink_deleted", "issue_property_set", "issue_property_deleted"),
}
_PLANS_ARE_NO_TICKETS = {
    *("sprint_created", "sprint_updated", "sprint_deleted", "sprint_started", "sprint_closed"),
    *("board_created", "board_updated", "board_deleted", "board_configuration_changed"),
    *("filter_created", "filter_updated", "filter_deleted"),
}
_A_VERSION_IS_NO_DEPLOYMENT = {
    *("jira:version_created", "jira:version_updated", "jira:version_deleted", "jira:version_moved"),
    *("jira:version_merged", "jira:version_released", "jira:version_unreleased"),
}
_SETTINGS_AND_RIGHTS = {
    *("project_created", "project_updated", "project_deleted", "project_soft_deleted", "project_restored_deleted"),
    *("project_archived", "project_restored_archived"),
    *("issuetype_created", "issuetype_updated", "issuetype_deleted"),
    *("user_created", "user_updated", "user_deleted"),
    *("option_voting_changed", "option_watching_changed", "option_unassigned_issues_changed"),
    *("option_subtasks_changed", "option_attachments_changed", "option_issuelinks_changed"),
    *("option_timetracking_changed", "option_timetracking_provider_changed"),
}
_FOR_APPS_ONLY = {
    *("app_access_to_objects_blocked", "app_access_to_objects_in_container_blocked"),
    "jira_expression_evaluation_failed",
}

IGNORED = because(
    {
        "talk that moves no ticket": _TALK_THAT_MOVES_NO_TICKET,
        "hours are not measured": _HOURS_ARE_NOT_MEASURED,
        "the issue's own event says it better": _SAID_BETTER_BY_THE_ISSUE,
        "plans are no tickets": _PLANS_ARE_NO_TICKETS,
        "a version is no deployment": _A_VERSION_IS_NO_DEPLOYMENT,
        "settings and rights": _SETTINGS_AND_RIGHTS,
        "for the app that Jira speaks to": _FOR_APPS_ONLY,
    }
)
