"""The OpenAI SDK with its own surface, where every call is a recorded step of the run.

    client = AsyncOpenAI()                                   # the SDK's own arguments
    reply = await client.chat.completions.create(model=..., messages=...)
    async for chunk in await client.chat.completions.create(..., stream=True): ...

Inside a run every request that the SDK makes is a step: it is in the log before it leaves, the answer is in the
journal, and a replay sends nothing. A stream is recorded once it has been read to its end. Chats, responses and
embeddings are recorded as the SDK's own objects, everything else (raw responses too) as the HTTP answer, with bytes
stored beside the record (`recorded_call`, `core.blobs`). What cannot be a step is refused with a reason (`sdk_calls`).

Only this layer retries: connection errors, time-outs, 408, 409, 429, 5xx and unusable answers are tried again with
backoff, and `Retry-After` is honoured. A stream that breaks off is not resumed here: the component around it runs again
as its own policy says. Outside a run the same policies hold for chats, responses and embeddings, nothing is recorded,
and everything else is the SDK's own.

Several providers, in the order in which they are asked:

    configure([Provider("openai", api_key=..., requests_per_minute=600), Provider("spare", base_url=..., models=...)])
    client = AsyncOpenAI()                                   # or AsyncOpenAI(providers=[...])

Then all workers share each provider's quota, its pauses and its circuit breaker, a call goes to the first provider that
can take it, and inside a run a call for which none is left waits instead of failing (`providers.route` has the rules).
Which one answered is on the step's record, and is no part of the step's key.
"""

from ..providers.provider import Price, Provider, configure
from ..providers.provider_error import ProviderError
from .client import AsyncOpenAI
from .edited_requests import check_request
from .routed_client import CALL_RETRY

__all__ = ["CALL_RETRY", "AsyncOpenAI", "Price", "Provider", "ProviderError", "check_request", "configure"]
