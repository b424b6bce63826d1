"""Prints a row for each route and method that the table lacks, with what each person is answered now.

`python -m tests.rights` runs it. What it prints is what is, not what should be: read each row before it goes in.
"""

from __future__ import annotations

from tests.rights.routes import METHODS, is_ours, routes
from tests.rights.table import ROLES, ROWS, row
from tests.rights.world import World

CLOSED = {"405"}


async def test_print_what_the_table_lacks(world: World) -> None:
    known = {(each.method, each.route) for each in ROWS}
    lines = []
    for route, pattern in routes().items():
        for method in METHODS if is_ours(pattern) else METHODS[:2]:
            if (method, route) in known:
                continue
            asked = row(method, route, "")
            if is_ours(pattern) and await world.is_closed(asked):
                continue
            cells = [await world.ask(asked, role) for role in ROLES]
            if set(cells) != CLOSED:
                lines.append(f'    row("{method}", "{route}", "{" ".join(cells)}"),')
    print("\n".join(["", *lines]) or "The table lacks nothing.")
