"""What went wrong with a call to a model server: in a sentence for people, and whose fault it is for the route."""

from __future__ import annotations

from typing import Any, Literal

import openai
from pydantic import ValidationError

from ..errors import GenisysError
from ..net.rate_headers import quiet_for, retry_after
from .error_words import OVERLOADED, Said, said_in

PASSING_STATUS = frozenset({408, 409, 425, 429})  # of the 4xx; any other would come again

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
    OVERLOADED: "it is overloaded",
}

Blame = Literal["request", "account", "limit", "provider", "answer"]


class ProviderError(GenisysError):
    """A model server gave no usable answer.

    `detail` has `host`, `model`, `status` (0 when there was none), `tries`; `said` and `code`, the server's own words
    and code, where it sent any; and `provider` where providers are configured.
    """


class NoAnswer(Exception):
    """The server answered with something that is no model's answer."""


class Refused(NoAnswer):
    """The server answered 200 and says in the answer, or in the stream, that it failed."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.words or said.code or "it says that it failed")
        self.said = said


class EmptyAnswer(NoAnswer):
    """The answer has the right form, and may have been paid for, but holds nothing: its try counts."""


def blame_for(error: Exception) -> Blame:
    """Return whose fault it is.

    `request`: it would fail again, anywhere. `account`: this provider's account is used up. `limit`: too many requests.
    `provider`: it is down or sends nonsense. `answer`: it answered, but not in the form asked for.
    """
    said = said_of(error)
    if said is not None:
        if said.is_quota:
            return "account"
        if said.status == 429:
            return "limit"
        return "request" if _is_permanent(said.status) else "provider"
    if isinstance(error, openai.LengthFinishReasonError | openai.ContentFilterFinishReasonError):
        return "request"
    return "answer" if isinstance(error, ValidationError | EmptyAnswer) else "provider"


def said_of(error: BaseException) -> Said | None:
    """Return what the server itself says of the failure; None where the failure is not an answer of its."""
    if isinstance(error, Refused):
        return error.said
    if isinstance(error, openai.APIStatusError):
        said = said_in(error.body)
        return Said(said.words, said.code, error.status_code)
    if type(error) is openai.APIError:  # exactly this class: the SDK raises it for an error in a stream
        said = said_in(error.body)
        return said if said.words else Said(error.message, said.code, said.status)
    return None


def quiet_asked_s(error: Exception) -> float | None:
    """Return for how many seconds the server asks to be left alone, or None."""
    return quiet_for(error.response.headers) if isinstance(error, openai.APIStatusError) else None


def _is_permanent(status: int) -> bool:
    return 400 <= status < 500 and status not in PASSING_STATUS


class ErrorDescriber:
    """Describes failures of one server in sentences, which never repeat its `api_key`."""

    def __init__(self, host: str, model: str, api_key: str, provider: str = "") -> None:
        self._host = host
        self._model = model
        self._api_key = api_key
        self._provider = provider

    def describe(self, error: Exception, tries: int) -> ProviderError:
        """Return the error as one of ours."""
        if isinstance(error, ProviderError):
            return error
        status, after = 0, None
        said = said_of(error)
        if said is None:
            words, permanent = _words_of(error)
        else:
            status, permanent = said.status, said.is_quota or _is_permanent(said.status)
            words = _words_of_said(said) + self._quoted(said)
            if isinstance(error, openai.APIStatusError):
                after = retry_after(error.response.headers)
        times = "" if tries == 1 else f" It was tried {tries} times."
        return self.error(f"{words}.{times}", status, tries, said, permanent=permanent, retry_after=after)

    def broken(self, why: str, said: Said | None = None) -> ProviderError:
        """Return the error of a stream that did not come to its end. `said` is what the server says of it."""
        if said is None:
            return self.error(f"did not finish its answer: {why}.", 0, 1)
        permanent = said.is_quota or _is_permanent(said.status)
        return self.error(
            f"did not finish its answer: {why}{self._quoted(said)}.", said.status, 1, said, permanent=permanent
        )

    def error(self, words: str, status: int, tries: int, said: Said | None = None, **facts: Any) -> ProviderError:
        detail: dict[str, Any] = {"host": self._host, "model": self._model, "status": status, "tries": tries}
        if self._provider:
            detail["provider"] = self._provider
        if said is not None:
            detail |= {name: value for name, value in (("said", self._words(said)), ("code", said.code)) if value}
        return ProviderError(f"The model server at {self._host} {words}", detail=detail, **facts)

    def _quoted(self, said: Said) -> str:
        code = "" if said.code in ("", str(said.status)) else f"code {said.code}"
        words = self._words(said).rstrip(".")
        details = "; ".join(part for part in (f"“{words}”" if words else "", code) if part)
        return f" ({details})" if details else ""

    def _words(self, said: Said) -> str:
        """Return the server's own words; "" where they are about a key, a part of which they may repeat."""
        return "" if said.status in (401, 403) or (self._api_key and self._api_key in said.words) else said.words


def _words_of_said(said: Said) -> str:
    status = said.status
    why = _STATUS_WORDS.get(status, "it gave no answer" if status else "it says that it failed")
    why = "the account's quota is used up" if said.is_quota else why
    return f"answered {status}: {why}" if status else f"gave no usable answer: {why}"


def _words_of(error: Exception) -> tuple[str, bool]:
    """Return what the provider did, where it said nothing itself, and whether it would do so again."""
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return "did not answer in time", False
    if isinstance(error, openai.APIConnectionError):
        return "could not be reached, or closed the connection", False
    if isinstance(error, openai.LengthFinishReasonError):
        return "was stopped at the limit of tokens before its answer was whole", True
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return "held the answer back (its content filter)", True
    if isinstance(error, ValidationError):
        return "gave an answer that does not fit the form that was asked for", False
    if isinstance(error, NoAnswer):
        return f"gave no usable answer: {error}", False
    return f"gave an answer that could not be read ({type(error).__name__})", False
