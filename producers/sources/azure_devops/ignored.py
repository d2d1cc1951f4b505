"""Azure DevOps' events that are dropped on purpose, by reason. Pure."""

from producers.vendor import because

IGNORED = because(
    {
        "an approval of a pipeline names no commit": {
            "ms.vss-pipelinechecks-events.approval-pending",
            "ms.vss-pipelinechecks-events.approval-completed",
            "ms.vss-pipelinechecks-events.check-updated-event",
            "ms.vss-pipelinechecks-events.manual-validation-pending-event",
            "ms.vss-pipelinechecks-events.manual-validation-completed-event",
            "ms.vss-release.deployment-mi-pending-event",
            "manualintervention.pending",
            "check.updated",
        },
        "a release is no deployment": {
            "ms.vss-release.release-created-event",
            "ms.vss-release.release-abandoned-event",
        },
        "TFVC has neither git's commits nor its branches": {"tfvc.checkin"},
        "another event says it better": {
            "ms.vss-code.codereview-created-event",
            "ms.vss-code.codereview-updated-event",
            "ms.vss-code.codereview-iteration-changed-event",
            "ms.vss-code.codereview-reviewers-changed-event",
        },
        "talk that moves no change": {"workitem.commented", "message.posted"},
        "reading changes nothing": {"git.clone", "git.fetch", "git.branch.download"},
        "settings and rights": {
            "git.repo.created",
            "git.repo.deleted",
            "git.repo.forked",
            "git.repo.renamed",
            "git.repo.statuschanged",
            "git.repo.undeleted",
            "ms.vss-endpoint.endpoint-created",
            "ms.vss-endpoint.endpoint-updated",
            "agentqueue.created",
            "agentqueue.updated",
            "projectlevelagentpool.created",
            "projectlevelagentpool.updated",
            "elasticagentpool.resized",
        },
    }
)
