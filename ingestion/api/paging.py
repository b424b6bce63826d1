"""Long lists over the API, in parts: each says where the next one begins."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Query

MOST_ROWS = 200

After = Annotated[int, Query(ge=0, le=2**63 - 1, description="The `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]

M = TypeVar("M", bound=Model)


async def part_of(rows: QuerySet[M], after: int, limit: int) -> tuple[list[M], int | None]:
    """Return up to `limit` rows behind the key `after`, and the `after` of the next part, None where there is none."""
    found: list[Any] = [row async for row in rows.filter(pk__gt=after).order_by("pk")[: limit + 1]]
    return found[:limit], found[limit - 1].pk if len(found) > limit else None
