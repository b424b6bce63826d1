"""Plain text and Markdown to what a page says. Pure."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote, urlsplit

import re2

from ingestion.content.extracted import Extracted, Link
from ingestion.content.injection import signs_in
from ingestion.formats import kinds
from ingestion.outcomes.evidence import Evidence, amount_of
from ingestion.text.fencing import INVISIBLE
from ingestion.text.marks import FENCE, HEADING

MOST_TEXT_CHARS = 200_000
MOST_LINKS = 400
_UNDERLINE = re.compile(r"^(?:=+|-{3,})$")
_LINK = re2.compile(r"(!?)\[([^\]\n]*)\]\(\s*<?([^)\s>]+)>?[^)\n]*\)")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ENDS = re.compile(r"[.!?:;。！？]$")
_ITEM = re.compile(r"^(?:[-*+•]|\d+[.)])\s")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.S)


def extract_text(text: str, url: str, *, markdown: bool) -> Extracted:
    """Return what a plain text says: its paragraphs with their line breaks taken back, its headings where it has
    some."""
    text = INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    markdown = markdown or kinds.looks_like_markdown(text)
    found = Extracted(injection=signs_in(text[:MOST_TEXT_CHARS]))
    if markdown:
        text = _FRONT_MATTER.sub("", text)
        found.links = [
            Link(href=href[:2000], label=label[:100]) for image, label, href in _LINK.findall(text) if not image
        ]
        found.links = found.links[:MOST_LINKS]
        text = _LINK.sub(lambda link: link[2], text)
        text = _EMPHASIS.sub(r"\2", text)
    lines = _lines(text, markdown)
    found.text = "\n".join(lines)
    if len(found.text) > MOST_TEXT_CHARS:
        found.text = found.text[:MOST_TEXT_CHARS]
        found.cut.append(f"only the first {MOST_TEXT_CHARS:,} characters of its text were kept")
    headings = [line.removeprefix(HEADING) for line in lines if line.startswith(HEADING)]
    first = next((line for line in lines if line), "")
    found.title = (headings[0] if headings else first if len(first) <= 100 else _name_of(url))[:300]
    finish(found)
    return found


def finish(found: Extracted) -> None:
    """Fill in what follows from a document's text: its length, its digest, what its outcome is judged by."""
    found.words = round(amount_of(found.text))
    found.digest = hashlib.blake2b(
        " ".join(found.text.lower().split()).encode("utf-8", "surrogatepass"), digest_size=16
    ).hexdigest()
    found.evidence = Evidence(
        title=found.title,
        said=found.text[:6000],
        main=found.text[:6000],
        amount=found.words,
        main_amount=found.words,
        paragraphs=sum(amount_of(line) > 12 for line in found.text.splitlines()),
    )


def _name_of(url: str) -> str:
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]) or url


def _lines(text: str, markdown: bool) -> list[str]:
    lines: list[str] = []
    paragraph: list[str] = []
    code: list[str] | None = None

    def close() -> None:
        if paragraph:
            lines.append(" ".join(paragraph))
            paragraph.clear()

    for raw in text.split("\n"):
        line = raw.strip()
        if markdown and line.startswith((FENCE, "~~~")):
            close()
            if code is None:
                code = []
            else:
                lines += [FENCE, *code, FENCE]
                code = None
        elif code is not None:
            code.append(raw.rstrip())
        elif not line:
            close()
        elif markdown and (heading := _heading_in(line)):
            close()
            lines.append(HEADING + heading)
        elif _UNDERLINE.match(line) and len(paragraph) == 1:
            lines.append(HEADING + paragraph.pop())
        elif _ITEM.match(line) or raw.startswith(("    ", "\t")) or (not markdown and _is_short_end(paragraph)):
            close()
            paragraph.append(line)
        else:
            paragraph.append(line)
    close()
    return lines + ([FENCE, *code, FENCE] if code else [])


def _is_short_end(paragraph: list[str]) -> bool:
    """Return whether the last line is so short that it was ended on purpose, as in an address or a poem."""
    return bool(paragraph) and len(paragraph[-1]) < 45 and not (len(paragraph) > 1 and len(paragraph[-2]) >= 45)


def _heading_in(line: str) -> str:
    """Return the text of a heading in Markdown's way with signs (`## Text ##`); "" where it is none."""
    text = line.lstrip("#")
    if not 0 < len(line) - len(text) <= 6 or not text[:1].isspace():
        return ""
    return text.strip().rstrip("#").rstrip()
