"""The codec and its strict JSON, for the tests that show by value what is kept, what is changed and what is refused.

They have no face: authors meet them in the arguments and results of components. A run would show one value at a time,
and not where it was changed, so these tests ask the parts themselves.
"""

from __future__ import annotations

# As said above: the parts have no face, and a run would show less.
from genisys.core.codec import decode, digest, digest_of_texts, encode, encode_shown, pack, sealed_in, settle, unpack
from genisys.core.secret_types import adapter_of  # as above
from genisys.data import strict_json  # as above

__all__ = [
    "adapter_of",
    "decode",
    "digest",
    "digest_of_texts",
    "encode",
    "encode_shown",
    "pack",
    "sealed_in",
    "settle",
    "strict_json",
    "unpack",
]
