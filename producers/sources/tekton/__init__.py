"""Tekton's CloudEvents. https://tekton.dev/docs/pipelines/events/"""

from producers.naming import CloudEventType
from producers.proof import Credential
from producers.sources.tekton import runs
from producers.vendor import Vendor, because

_TYPE = "dev.tekton.event.{}.{}.v1"
_STATES = ("queued", "started", "running", "unknown", "successful", "failed")

SOURCE = Vendor(
    name="tekton",
    title="Tekton",
    page="https://tekton.dev/docs/pipelines/events/",
    setup="""\
In the ConfigMap `config-events` of the namespace tekton-pipelines, `formats: tektonv1` and \
`sink: {url}/SECRET`, SECRET being the one of `sources.tekton` in pipegauge.yaml.
Tekton knows no repository: use Pipelines as Code, or name parameters or results CHAINS-GIT_URL and CHAINS-GIT_COMMIT; \
else a service claims `namespace/pipeline`.""",
    naming=CloudEventType(),
    proof=Credential(),
    mappings={
        **{_TYPE.format("pipelinerun", state): runs.pipeline_run for state in _STATES},
        **{_TYPE.format("taskrun", state): runs.task_run for state in _STATES},
    },
    ignored=because(
        {
            "what a custom task is, only its own controller knows": [
                _TYPE.format("customrun", state) for state in ("started", "running", "successful", "failed")
            ]
        }
    ),
    personal=("**.labels.*sender", "**.annotations.*sender"),
)
