"""GitLab's events that are dropped on purpose, by reason. Pure."""

from producers.vendor import because

_ANOTHER_EVENT_SAYS_IT_BETTER = {"repository_update"}  # pushes
_PLANNING_THAT_NO_METRIC_READS = {"milestone"}
_TALK_THAT_MOVES_NO_CHANGE = {"wiki_page"}
_APPLAUSE = {"emoji"}
_SWITCHES_OF_A_RUNNING_PROGRAM = {"feature_flag"}
_TOKENS_THAT_EXPIRE = {"access_token", "deploy_token"}
_MEMBERS_AND_ACCOUNTS = {
    "user_add_to_group",
    "user_add_to_team",
    "user_update_for_group",
    "user_update_for_team",
    "user_remove_from_group",
    "user_remove_from_team",
    "user_access_request_to_group",
    "user_access_request_to_project",
    "user_access_request_denied_for_group",
    "user_access_request_denied_for_project",
    "user_access_request_revoked_for_group",
    "user_access_request_revoked_for_project",
    "user_create",
    "user_destroy",
    "user_failed_login",
    "user_rename",
    "key_create",
    "key_destroy",
    "gitlab_subscription_member_approval",
    "gitlab_subscription_member_approvals",
}
_PROJECTS_AND_GROUPS = {
    "project_create",
    "project_destroy",
    "project_rename",
    "project_transfer",
    "project_update",
    "group_create",
    "group_destroy",
    "group_rename",
    "subgroup_create",
    "subgroup_destroy",
}

IGNORED = because(
    {
        "another event says it better": _ANOTHER_EVENT_SAYS_IT_BETTER,
        "planning that no metric reads": _PLANNING_THAT_NO_METRIC_READS,
        "talk that moves no change": _TALK_THAT_MOVES_NO_CHANGE,
        "applause": _APPLAUSE,
        "switches of a running program are no deployment": _SWITCHES_OF_A_RUNNING_PROGRAM,
        "tokens that expire": _TOKENS_THAT_EXPIRE,
        "members and accounts": _MEMBERS_AND_ACCOUNTS,
        "projects and groups are placed by the catalog": _PROJECTS_AND_GROUPS,
    }
)
