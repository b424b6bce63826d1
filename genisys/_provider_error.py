"""What went wrong with a call to a model server: in a sentence for people, and whose fault it is for the route."""

from __future__ import annotations

from typing import Any, Literal

import openai
from pydantic import ValidationError

from ._rate_headers import quiet_for, retry_after
from .errors import GenisysError

PASSING_STATUS = frozenset({408, 409, 425, 429})  # of the 4xx; all else from 400 to 499 would be the same again
QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})

_STATUS_WORDS = {
    400: "it did not accept the request",
    401: "it did not accept the API key",
    402: "the account has to be paid",
    403: "it refused access",
    404: "it knows no such model or address",
    408: "it took too long",
    413: "the request was too large",
    422: "it did not accept the request",
    429: "too many requests for now",
    500: "it failed inside",
    502: "it could not be reached behind its gateway",
    503: "it is overloaded or down",
    504: "it took too long behind its gateway",
}

Blame = Literal["request", "account", "limit", "provider", "answer"]


class ProviderError(GenisysError):
    """A model server gave no usable answer. `detail` has `host`, `model`, `status` (0 when there was none), `tries`,
    and `provider` where providers are configured."""


class NoAnswer(Exception):
    """The server answered, but not with an answer."""


class EmptyAnswer(NoAnswer):
    """The answer is one in form, and was perhaps paid, but holds nothing: its try counts."""


def blame_for(error: Exception) -> Blame:
    """Say whose fault it is.

    `request`: it would be the same again, anywhere. `account`: this provider's account is used up. `limit`: too many
    requests. `provider`: it is down or talks nonsense. `answer`: it answered, but not in the form asked for.
    """
    if isinstance(error, openai.APIStatusError):
        if error.code in QUOTA_CODES or error.status_code == 402:
            return "account"
        if error.status_code == 429:
            return "limit"
        return "request" if _is_permanent(error.status_code) else "provider"
    if isinstance(error, openai.LengthFinishReasonError | openai.ContentFilterFinishReasonError):
        return "request"
    return "answer" if isinstance(error, ValidationError | EmptyAnswer) else "provider"


def quiet_asked_s(error: Exception) -> float | None:
    """Give for how many seconds the server asks to be left alone, or None."""
    return quiet_for(error.response.headers) if isinstance(error, openai.APIStatusError) else None


def _is_permanent(status: int) -> bool:
    return 400 <= status < 500 and status not in PASSING_STATUS


class Teller:
    """Puts what happened between us and one server into sentences. `api_key` is what must not be repeated."""

    def __init__(self, host: str, model: str, api_key: str, provider: str = "") -> None:
        self._host = host
        self._model = model
        self._api_key = api_key
        self._provider = provider

    def told(self, error: Exception, tries: int) -> ProviderError:
        """Give the error as one of ours."""
        if isinstance(error, ProviderError):
            return error
        status, after, permanent = 0, None, False
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            after = retry_after(error.response.headers)
            permanent = _is_permanent(status)
            words = f"answered {status}: {_STATUS_WORDS.get(status, 'it gave no answer')}"
            if error.code in QUOTA_CODES:
                permanent, words = True, f"answered {status}: the account's quota is used up"
            elif permanent:
                words += self._said(error)
        elif isinstance(error, openai.APITimeoutError | TimeoutError):
            words = "did not answer in time"
        elif isinstance(error, openai.APIConnectionError):
            words = "could not be reached, or closed the connection"
        elif isinstance(error, openai.LengthFinishReasonError):
            words, permanent = "was stopped at the limit of tokens before its answer was whole", True
        elif isinstance(error, openai.ContentFilterFinishReasonError):
            words, permanent = "held the answer back (its content filter)", True
        elif isinstance(error, ValidationError):
            words = "gave an answer that does not fit the form that was asked for"
        elif isinstance(error, NoAnswer):
            words = f"gave no usable answer: {error}"
        else:
            words = f"gave an answer that could not be read ({type(error).__name__})"
        times = "" if tries == 1 else f" It was tried {tries} times."
        return self.error(f"{words}.{times}", status, tries, permanent=permanent, retry_after=after)

    def broken(self, why: str) -> ProviderError:
        """The error of a stream that did not come to its end."""
        return self.error(f"did not finish its answer: {why}.", 0, 1)

    def error(self, words: str, status: int, tries: int, **facts: Any) -> ProviderError:
        detail: dict[str, Any] = {"host": self._host, "model": self._model, "status": status, "tries": tries}
        if self._provider:
            detail["provider"] = self._provider
        return ProviderError(f"The model server at {self._host} {words}", detail=detail, **facts)

    def _said(self, error: openai.APIStatusError) -> str:
        """The server's own words on a request that it refuses; not on a key, which it may repeat."""
        said = error.body.get("message") if isinstance(error.body, dict) else None
        key = self._api_key
        if error.status_code in (401, 403) or not isinstance(said, str) or (key and key in said):
            return ""
        return f" (“{' '.join(said.split())[:200].rstrip('.')}”)"
