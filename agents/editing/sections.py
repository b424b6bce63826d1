"""A post's body cut at its headings, and two people's changes to it joined. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Part:
    """A section; the opening has no heading. `text` is what stands under the heading."""

    heading: str
    text: str


def parts_of(body: str) -> list[Part]:
    """Return the sections of a body of Markdown (`## ` begins one; not in code)."""
    parts: list[Part] = []
    heading, lines = "", list[str]()
    in_code = _code_lines(body)
    for line, code in zip(body.splitlines(), in_code, strict=True):
        if line.startswith("## ") and not code:
            parts.append(Part(heading, "\n".join(lines).strip()))
            heading, lines = line[3:].strip(), []
        else:
            lines.append(line)
    parts.append(Part(heading, "\n".join(lines).strip()))
    return [part for part in parts if part.heading or part.text]


def body_from(parts: list[Part]) -> str:
    return "\n\n".join(f"## {part.heading}\n\n{part.text}".strip() if part.heading else part.text for part in parts)


def keep_edits(before: str, now: str, new: str) -> tuple[str, list[str]]:
    """Return a run's new body with what people changed meanwhile, and the headings where theirs was kept.

    `before` is what the run began from, `now` what the post says. A section that a person changed, added or took out
    since is theirs; all others are the run's.
    """
    was = {part.heading: part.text for part in parts_of(before)}
    theirs = {part.heading: part.text for part in parts_of(now)}
    kept: list[str] = []
    joined: list[Part] = []
    for part in parts_of(new):
        if part.heading in was and part.heading not in theirs:
            kept.append(part.heading)
            continue
        changed = part.heading in theirs and theirs[part.heading] != was.get(part.heading, theirs[part.heading])
        if changed and theirs[part.heading] != part.text:
            kept.append(part.heading)
            part = replace(part, text=theirs[part.heading])
        joined.append(part)
    present = {part.heading for part in joined}
    added = [part for part in parts_of(now) if part.heading not in was and part.heading not in present]
    return body_from([*joined, *added]), [*kept, *(part.heading for part in added)]


def _code_lines(body: str) -> list[bool]:
    found, fence = [], ""
    for line in body.splitlines():
        mark = line.strip()[:3]
        found.append(bool(fence) or mark in ("```", "~~~"))
        if fence and line.strip() == fence:
            fence = ""
        elif not fence and mark in ("```", "~~~"):
            fence = mark
    return found
