"""The REST API under /api/. OpenAPI at /api/openapi.json, its page at /api/docs.

Operations parse, authorise, call one function and answer. Runs of others do not exist here: 404. Errors are
Problem Details (`runs.problems`); the shapes are in `runs.api.schemas`, the live forms of a run's events in
`runs.live.sse`.
"""

from __future__ import annotations

from runs import problems
from runs.api import actions, events, runs, workflows
from runs.api.api import Api
from runs.api.authentication import BearerToken, SignedIn

api = Api(
    title="Genisys",
    version="1",
    urls_namespace="api",
    description="Start runs of AI workflows, follow them live, and fetch what they made.",
    auth=[BearerToken(), SignedIn()],
)
problems.install(api)
api.add_router("/workflows", workflows.router)
api.add_router("/runs", runs.router)
api.add_router("/runs", events.router)
api.add_router("/runs", actions.router)
