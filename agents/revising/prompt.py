"""What the model is asked when a section is to be changed. Pure."""

from __future__ import annotations

from agents.post.citations import each_marker
from agents.revising.requests import Rewriting
from agents.writing import prompts
from agents.writing.prompts import Prompt
from ingestion.text.fencing import inert, quoted
from language.sentences import one_line


def revise(task: Rewriting) -> Prompt:
    """Ask for the section anew, as the person wants it, from its own passages."""
    covers = task.covers or task.instruction
    fresh = prompts.section(task.title, task.heading, covers, task.others, "", task.evidence, brief=task.brief)
    if not task.text:
        return fresh
    # Its numbers are the post's; those of the passages here are others.
    bare = each_marker(task.text, lambda n: "")
    return Prompt(
        system=fresh.system,
        task=(
            "Rewrite the section below as the reader of it wishes. Keep what the wish does not touch. Mark each fact"
            " with the number of its source, like [1]. No heading, no list of sources, no remark on the task."
        ),
        material=(f"{fresh.material}\n\n{quoted(bare)}\n\nWish: {inert(one_line(task.instruction))}"),
    )
