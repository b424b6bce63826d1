"""The REST API under /api/. OpenAPI at /api/openapi.json, its page at /api/docs.

Operations parse, authorise, call one function and answer. Runs of others do not exist here: 404. Leaves errors to
`runs.problems` (Problem Details) and the live forms of a run's events to `runs.live.sse`; the shapes are in
`runs.api.schemas`. The site mounts `api`; nobody else calls it.
"""

from __future__ import annotations

from runs import problems
from runs.api import actions, events, runs, workflows
from runs.api.application import Api
from runs.api.authentication import BearerToken, SignedIn
from runs.api.description.docs_page import Reference

api = Api(
    title="Genisys",
    version="1",
    urls_namespace="api",
    description="Start runs of AI workflows, follow them live, and fetch what they made.",
    auth=[BearerToken(), SignedIn()],
    docs=Reference(),
    openapi_extra={
        "tags": [
            {"name": "Workflows", "description": "What can be started, and any of it started by its id."},
            {
                "name": "Runs",
                "description": "How runs stand, what they say as they go on, and what can be done to them.",
            },
        ]
    },
)
problems.install(api)
api.add_router("/workflows", workflows.router)
api.add_router("/runs", runs.router)
api.add_router("/runs", events.router)
api.add_router("/runs", actions.router)
