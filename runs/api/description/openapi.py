"""The OpenAPI description, completed: every refusal, each workflow with its own types, and code to copy.

Ninja describes what it sees in the operations. What is the same for all of them, and what only the registered workflows
know, is added here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from genisys import Workflow
from runs.api.description import samples
from runs.api.description.examples import example_of
from runs.presentation import words
from runs.problems import MEDIA_TYPE, ProblemDetails

Described = dict[str, Any]

METHODS = ("get", "head", "post", "put", "delete")
REF = "#/components/schemas/{model}"
EXAMPLE_RUN = "019ac2f0-8f4b-7d31-9c5e-0a1b2c3d4e5f"
JSON = "application/json"

_ALWAYS = (401, 403, 429, 503)
_WITH_BODY = (400, 413)
_RATES = {
    "RateLimit-Policy": "How many requests a minute are allowed (draft-ietf-httpapi-ratelimit-headers-10).",
    "RateLimit": "How many requests are left, and for how many seconds.",
}
_LOCATION = {"Location": {"description": "The run's address.", "schema": {"type": "string"}}}
_WORKFLOW_PATHS = ("/api/workflows/{name}", "/api/workflows/{name}/start")


def complete(schema: Described, workflows: Mapping[str, Workflow[Any, Any]]) -> None:
    """Complete the description in place."""
    schemas = schema["components"]["schemas"]
    schemas.setdefault("ProblemDetails", ProblemDetails.model_json_schema(ref_template=REF))
    for name, definition in schemas["ProblemDetails"].pop("$defs", {}).items():
        schemas.setdefault(name, definition)
    schema["components"]["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in _RATES.items()
    }
    schema["components"]["securitySchemes"]["BearerToken"]["bearerFormat"] = "gen_…"
    for path, item in schema["paths"].items():
        _separate_head(item)
        for method, operation in _operations(item):
            _complete_operation(path, method, operation)
            _give_example(operation, schemas)
    schema["tags"] = [*schema.get("tags", [])]
    for name, workflow in sorted(workflows.items()):
        _add_workflow(schema, name, workflow)
    ids = dict.fromkeys(("run_id", "site_id", "post_id", "blog_id"), EXAMPLE_RUN)
    places = {**ids, "number": "1", "token": "<token>"}
    if workflows:
        places["name"] = min(workflows)
        for path in _WORKFLOW_PATHS:
            _show(schema["paths"][path]["post"], schema["paths"][path.replace("{name}", places["name"])]["post"])
    for path, item in schema["paths"].items():
        for method, operation in _operations(item):
            if method != "head":
                operation["x-codeSamples"] = samples.of(path, method, operation, places)


def _operations(item: Described) -> Iterator[tuple[str, Described]]:
    for method in METHODS:
        if method in item:
            yield method, item[method]


def _separate_head(item: Described) -> None:
    """Describe HEAD on its own: ninja gives it GET's description, operation id and all."""
    if "head" not in item:
        return
    head = item["head"] = copy.deepcopy(item["get"])
    head["operationId"] += "_head"
    head["summary"] += " (headers only)"
    for answer in head["responses"].values():
        answer.pop("content", None)


def _complete_operation(path: str, method: str, operation: Described) -> None:
    responses = operation["responses"]
    for status in _refusals(path, operation):
        responses.setdefault(status, {"description": HTTPStatus(status).phrase})
        _as_problem(responses[status], method)
    for status, answer in responses.items():
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in _RATES}
        if status == 202:
            answer["headers"] |= _LOCATION
        if status in (429, 503):
            answer["headers"]["Retry-After"] = {"description": "In seconds.", "schema": {"type": "integer"}}
        if status == 304:
            answer["description"] = "You have it already: the `ETag` that you sent is that of the run."
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "run_id":
            parameter["example"] = EXAMPLE_RUN
    operation["responses"] = {str(status): responses[status] for status in sorted(responses)}


def _give_example(operation: Described, schemas: Described) -> None:
    if "requestBody" in operation:
        content = operation["requestBody"]["content"][JSON]
        content["example"] = example_of({**content["schema"], "$defs": schemas})


def _refusals(path: str, operation: Described) -> list[int]:
    """Return the statuses from 400 on that this operation can answer with."""
    found = {status for status in operation["responses"] if status >= 400} | set(_ALWAYS)
    if "requestBody" in operation:
        found |= {*_WITH_BODY, 422}
    if any(parameter["in"] != "path" for parameter in operation.get("parameters", [])):
        found.add(422)
    if "{" in path:
        found.add(404)
    return sorted(found)


def _as_problem(answer: Described, method: str) -> None:
    given = answer.pop("content", {}).get(JSON, {}).get("schema", {"$ref": REF.format(model="ProblemDetails")})
    if method != "head":
        answer["content"] = {MEDIA_TYPE: {"schema": given}}


def _add_workflow(schema: Described, name: str, workflow: Workflow[Any, Any]) -> None:
    """Give a workflow addresses of its own in the description, with the types of its input and output."""
    schemas = schema["components"]["schemas"]
    wanted = _own(schemas, name, workflow.input_schema(_ref(name)))
    made = _own(schemas, name, workflow.output_schema(_ref(name)))
    example = example_of(workflow.input_schema())
    about = workflow.description
    group = _group_of(name, [tag["name"] for tag in schema["tags"]])
    schema["tags"].append({"name": group, "description": about or f"Runs of the workflow `{name}`."})
    for generic in _WORKFLOW_PATHS:
        operation = copy.deepcopy(schema["paths"][generic]["post"])
        operation["operationId"] = operation["operationId"].replace("workflow", name.replace("-", "_"))
        operation["summary"] = f"{operation['summary'].replace(' Workflow', '')} {name}"
        operation["description"] = f"{about}\n\n{operation['description']}".strip()
        operation["tags"] = [group]
        operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "name"]
        operation["responses"].pop("404", None)
        operation["requestBody"]["content"][JSON] = {"schema": wanted, "example": example}
        if "200" in operation["responses"]:
            whole = {"$ref": REF.format(model="RunResult")}
            typed = {"allOf": [whole, {"type": "object", "properties": {"output": made}}]}
            operation["responses"]["200"]["content"][JSON]["schema"] = typed
        schema["paths"][generic.replace("{name}", name)] = {"post": operation}


def _group_of(name: str, taken: Sequence[str]) -> str:
    """Return what a workflow's operations are grouped under: its name in words, and the name where those are taken."""
    title = words.title_of(name)
    return f"{title} ({name})" if title in taken else title


def _show(generic: Described, of_one: Described) -> None:
    """Show what may be sent to any workflow by what is sent to one."""
    example = of_one["requestBody"]["content"][JSON]["example"]
    generic["requestBody"]["content"][JSON]["example"] = example


def _own(schemas: Described, name: str, given: Described) -> Described:
    """Put what a schema refers to among the components, under names of the workflow's own."""
    for title, definition in given.pop("$defs", {}).items():
        schemas[f"{name}.{title}"] = definition
    return given


def _ref(name: str) -> str:
    return REF.replace("{model}", f"{name}.{{model}}")
