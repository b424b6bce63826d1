"""Errors of the API as Problem Details (RFC 9457): `application/problem+json`, with a sentence for people."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel

from genisys import InputRefused, RunNotOpen, UnknownWorkflow, UserError
from genisys.host import STORE_ERRORS
from runs.rules.quotas import QuotaReached
from runs.service.errors import IdempotencyConflict, NoSuchStep, NothingToForkFrom

MEDIA_TYPE = "application/problem+json"
REDIS_BACK_S = 5

_STATUS_OF = {IdempotencyConflict: 409, NothingToForkFrom: 409, NoSuchStep: 404}
_STATUS_OF_ANSWER = {"unknown": 404, "answered": 409, "expired": 410, "invalid": 422}


class FieldError(BaseModel):
    """What is wrong with one field; `field` is its path, joined with dots."""

    field: str
    message: str
    kind: str


class ProblemDetails(BaseModel):
    """An error in words. `detail` says what happened and what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []


class RunProblem(ProblemDetails):
    """What became of a run, in the place of its output. `run_status` is its status, `error` why it failed."""

    run_id: str = ""
    run_status: str = ""
    error: dict[str, Any] | None = None


class Problem(Exception):
    """Ends a request with a problem. `extra` are further members of the object (RFC 9457, 3.2)."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[FieldError] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors or []
        self.headers = headers or {}
        self.extra = extra

    def response(self) -> HttpResponse:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        if self.errors:
            body["errors"] = [error.model_dump() for error in self.errors]
        return HttpResponse(json.dumps(body), MEDIA_TYPE, self.status, headers=self.headers)


def field_errors(found: list[Any], within: tuple[str, ...] = ()) -> list[FieldError]:
    """Return pydantic's errors by field, without the leading parts of a path that mean nothing to a caller."""
    errors = []
    for error in found:
        path = [str(part) for part in error["loc"]]
        while path and path[0] in within:
            path.pop(0)
        errors.append(FieldError(field=".".join(path), message=error["msg"], kind=error["type"]))
    return errors


def install(api: NinjaAPI) -> None:
    """Have the API answer every error it can foresee as a problem. What is left goes to Django."""
    for kind, handler in _HANDLERS.items():
        api.add_exception_handler(kind, handler)


def _problem(_: HttpRequest, error: Problem) -> HttpResponse:
    return error.response()


def _not_found(_: HttpRequest, error: Http404) -> HttpResponse:
    return Problem(404, str(error) or "There is nothing here.").response()


def _forbidden(_: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return Problem(403, str(error)).response()


def _refused(_: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 401:
        detail = "Send a token as `Authorization: Bearer …`, or sign in."
        return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"}).response()
    if error.status_code == 400:
        return Problem(400, "The body of this request is no JSON (RFC 8259).").response()
    return Problem(error.status_code, str(error)).response()


def _invalid(_: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = field_errors(error.errors, within=("body", "query", "path", "header", "payload"))
    return Problem(422, _summary(errors), errors=errors).response()


def _user_error(request: HttpRequest, error: UserError) -> HttpResponse:
    if isinstance(error.__cause__, STORE_ERRORS):
        return _redis_away(request, error.__cause__)
    if isinstance(error, QuotaReached):
        wait_s = math.ceil(error.retry_after or 1)
        return Problem(429, error.message, headers={"Retry-After": str(wait_s)}).response()
    return Problem(_STATUS_OF.get(type(error), 422), error.message).response()


def _refused_answer(_: HttpRequest, error: InputRefused) -> HttpResponse:
    return Problem(_STATUS_OF_ANSWER.get(error.detail["reason"], 422), error.message).response()


def _not_open(_: HttpRequest, error: RunNotOpen) -> HttpResponse:
    return Problem(409, error.message).response()


def _too_large(_: HttpRequest, error: Exception) -> HttpResponse:
    return Problem(413, "The body of this request is larger than this server takes.").response()


def _unknown_workflow(_: HttpRequest, error: UnknownWorkflow) -> HttpResponse:
    return Problem(404, error.message).response()


def _redis_away(_: HttpRequest, error: Exception) -> HttpResponse:
    detail = "The store of runs in flight does not answer just now. Try again in a moment."
    return Problem(503, detail, headers={"Retry-After": str(REDIS_BACK_S)}).response()


# Any: ninja's own type asks for handlers that take a class as well as an error.
_HANDLERS: dict[Any, Any] = {
    Problem: _problem,
    Http404: _not_found,
    PermissionDenied: _forbidden,
    HttpError: _refused,
    ValidationError: _invalid,
    UserError: _user_error,
    InputRefused: _refused_answer,
    RunNotOpen: _not_open,
    RequestDataTooBig: _too_large,
    UnknownWorkflow: _unknown_workflow,
    **dict.fromkeys(STORE_ERRORS, _redis_away),
}


def invalid_input(found: list[Any]) -> Problem:
    """Return the problem of a workflow's input that does not fit its type."""
    errors = field_errors(found)
    return Problem(422, _summary(errors), errors=errors)


def _summary(errors: list[FieldError]) -> str:
    said = "; ".join(f"{error.field or 'input'}: {error.message}" for error in errors[:5])
    return f"The input does not fit: {said}." if said else "The input does not fit."
