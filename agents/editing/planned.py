"""The outline that a written post has: its headings now, with what each was planned for."""

from __future__ import annotations

from agents.brief.outlines import LONGEST_HEADING, OutlinedSection
from agents.editing.sections import parts_of
from agents.models import Post
from agents.post.assemble import body_of, escape


def plan_of(post: Post) -> list[OutlinedSection]:
    """Return the sections of the text in their order; of one that a person added, nothing but its heading is known."""
    planned = {escape(part["heading"]): part["planned"] for part in post.parts if part.get("planned")}
    headings = [part.heading for part in parts_of(body_of(post.markdown)) if part.heading]
    nothing = {"claims": [], "words": 0}
    known = [{**nothing, **planned.get(heading, {}), "heading": heading[:LONGEST_HEADING]} for heading in headings]
    return [OutlinedSection.model_validate(section) for section in known]
