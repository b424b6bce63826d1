"""What the page of a hand-over's run, or of a check of links, shows of what came of it."""

from __future__ import annotations

from typing import Any

from agents.linking.steps import Checked
from agents.post.links import told
from runs.models import Run


def context(run: Run, state: dict[str, Any]) -> dict[str, Any]:
    """Return the draft's address, the post's id, and the links that lead nowhere."""
    output = state.get("output") or run.output
    output = output if isinstance(output, dict) else {}
    asked = run.input if isinstance(run.input, dict) else {}
    dead = output.get("dead_links") or output.get("dead") or []
    return {
        "edit_url": str(output.get("edit_url", "")),
        "blog": str(output.get("blog", "")),
        "post_id": str(asked.get("post_id", "")),
        "dead_links": Checked(dead=dead).dead,
        "dead_told": told(Checked(dead=dead).dead),
        "is_done": bool(output),
    }
