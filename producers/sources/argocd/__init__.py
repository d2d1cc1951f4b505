"""Argo CD and Argo Rollouts: what their notifications send. Both render what an administrator's template says, so the
template of `setup` is ours; others that send the whole object under the same name, as those of many tools do, fit too.

https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/
"""

from producers.proof import Credential
from producers.sources.argocd.application import application
from producers.sources.argocd.naming import HeldObject
from producers.sources.argocd.rollout import rollout
from producers.vendor import Vendor

SOURCE = Vendor(
    name="argocd",
    title="Argo CD",
    page="https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/",
    setup="""\
In the ConfigMap argocd-notifications-cm, `service.webhook.pipegauge`: `url: {url}` and the header `Authorization` \
with the value `Bearer $pipegauge-secret`, and `Content-Type` with `application/json`.
In the Secret argocd-notifications-secret, `pipegauge-secret`: the secret of `sources.argocd` in pipegauge.yaml.
`template.pipegauge`: under `webhook.pipegauge`, `method: POST` and the `body` \
`{"app": {{toJson .app}}, "context": {{toJson .context}}}`.
`trigger.pipegauge`: three entries with `send: [pipegauge]` and \
`oncePer: app.status.operationState?.startedAt`, whose `when` are \
`app.status.operationState?.phase in ['Running']`, `app.status.operationState?.phase in ['Failed', 'Error']`, and \
`app.status.operationState?.phase in ['Succeeded'] and app.status.health.status in ['Healthy', 'Degraded']`.
`subscriptions`: the recipient `pipegauge` for the trigger `pipegauge`; or annotate each Application with \
`notifications.argoproj.io/subscribe.pipegauge.pipegauge: ""`.
Argo Rollouts without Argo CD: the same in argo-rollouts-notification-configmap, with the body \
`{"rollout": {{toJson .rollout}}}`. Not both for one workload: each deployment would count twice.""",
    naming=HeldObject(("app", "rollout")),
    proof=Credential(),
    mappings={"app": application, "rollout": rollout},
    ignored={},
    personal=("**.initiatedBy.username", "**.commit_metadata.Author", "**.recipient"),
)
