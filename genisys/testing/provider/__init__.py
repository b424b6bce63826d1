"""A scripted, faulty, OpenAI-compatible model server on real sockets, which counts what it is asked.

    async with FakeProvider(responder=lambda body: "Hello") as provider:
        client = AsyncOpenAI(base_url=provider.base_url, api_key="test")
        provider.fault("status", 1, status=429, retry_after=0)     # the next request
        ...
        assert provider.count() == 2

`python -m genisys.testing --port 9000` serves the same to other processes: `GET /__requests` returns every
request body, `GET /__counts` how many answers of each status there were (streams aside), `POST /__faults` takes
`{"kind": ..., "times": ...}`, `POST /__pace` takes `{"seconds": ...}` for each token, `POST /__quota` takes
`{"requests_per_minute": ...}`.

A quota is enforced like OpenAI's: in any 60 s no more than so many requests are answered; one more gets 429 with
`Retry-After` and the `x-ratelimit-*` headers.

Faults: `status` (with `status`, `retry_after`), `garbage` (200 and no JSON), `empty` (200 and no choices), `drop` (the
connection closes without an answer), `hang` (nothing for `seconds`), `cut` (a stream that ends after `tokens`), `raw`
(`body` unchanged, with `status`, by default 200, and `content_type`). With `containing`, a fault waits for
a request whose prompt contains that text. A responder that raises is answered with 500.
"""

from .prompts import prompt_text
from .quota import Quota
from .responder import Responder, fill_schema, grounded_responder
from .script import Fault
from .server import FakeProvider

__all__ = ["FakeProvider", "Fault", "Quota", "Responder", "fill_schema", "grounded_responder", "prompt_text"]
