"""The post as Markdown: sentences with their markers, sections with their headings, the list of sources.

Pure. Markers are plain `[1]`; link definitions at the end make them links wherever Markdown is read, and the
visible list above them names each page.
"""

import re
from collections.abc import Mapping, Sequence

import re2

from agents.post.article import DIGEST, Block, Section, Sentence, cells_of, rule_under
from agents.post.citations import Citation, numbers_of
from agents.sources.evidence import file_of
from language.sentences import joined

EXTRACT_NOTE = "*Taken word for word from the sources.*"
DIGEST_NOTE = (
    "*A digest: every sentence below stands word for word on the pages that it cites. No language model wrote it.*"
)
SOURCES_HEADING = "## Sources"

_CODE_SPAN = re2.compile(r"(`+[^`]+`+)")
_SPECIAL = re.compile(r"[*<>\[\]\\]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_OPENING = re.compile(r"^(?:([#>+-])|(\d{1,9})([.)]))(?=\s|$)")


def section_markdown(blocks: Sequence[Block], numbers: Mapping[int, int], *, is_extract: bool = False) -> str:
    """Return the blocks of one section. Each sentence has its markers; readers are shown one for a row of them."""
    parts = [EXTRACT_NOTE] if is_extract else []
    before: Block | None = None
    for block in blocks:
        body = _block(block, numbers)
        if block.kind == "item" and before is not None and before.kind == "item":
            parts[-1] = f"{parts[-1]}\n{body}"
        else:
            parts.append(body)
        if block.kind == "code" and (markers := _code_markers(block, before, numbers)):
            parts.append(markers)
        before = block
    return "\n\n".join(parts)


def article_markdown(
    title: str, lead: Sequence[Block], sections: Sequence[Section], citations: Sequence[Citation]
) -> str:
    """Return the whole post."""
    numbers = numbers_of(citations)
    parts = [f"# {escape(title)}"]
    if any(section.written_by == DIGEST for section in sections):
        parts.append(DIGEST_NOTE)
    if lead:
        parts.append(section_markdown(lead, numbers))
    for section in sections:
        parts.append(f"## {escape(section.heading)}")
        parts.append(section_markdown(section.blocks, numbers, is_extract=section.is_extract))
    parts += [SOURCES_HEADING, sources_markdown(citations)]
    return "\n\n".join(parts) + "\n"


def sources_markdown(citations: Sequence[Citation]) -> str:
    """Return the visible list of sources, then the link definitions of the markers. A given file has no address."""
    listed = "\n".join(f"{item.n}. {_listed(item)}" for item in citations)
    definitions = "\n".join(
        f"[{item.n}]: <{address_in_markdown(item.url)}>" for item in citations if not file_of(item.url)
    )
    return f"{listed}\n\n{definitions}".rstrip()


def _listed(item: Citation) -> str:
    if file := file_of(item.url):
        return f"{escape(item.title)} (file {escape(file)})"
    return f"[{escape(item.title)}](<{address_in_markdown(item.url)}>)"


def body_of(markdown: str) -> str:
    """Return the post's Markdown without its title and list of sources, for a page that shows those itself."""
    body = markdown.rsplit(f"\n{SOURCES_HEADING}\n", 1)[0]
    return re.sub(r"\A# [^\n]*\n+", "", body).strip()


def escape(text: str) -> str:
    """Return the text so that Markdown shows it as it stands; code spans are left alone where they are balanced."""
    if text.count("`") % 2:
        done = _SPECIAL.sub(r"\\\g<0>", text).replace("`", "\\`")
    else:
        pieces = enumerate(_CODE_SPAN.split(text))
        done = "".join(piece if place % 2 else _SPECIAL.sub(r"\\\g<0>", piece) for place, piece in pieces)
    return _OPENING.sub(_escape_opening, done)


def _escape_opening(match: re.Match[str]) -> str:
    return f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}"


def _block(block: Block, numbers: Mapping[int, int]) -> str:
    if block.kind == "table":
        head, *rows = [_row(sentence, numbers) for sentence in block.sentences]
        return "\n".join([head, rule_under(block.sentences[0].text), *rows])
    if block.kind == "code":
        return f"```\n{block.sentences[0].text}\n```"
    shown = (f"{escape(sentence.text)}{_markers(sentence, numbers)}" for sentence in block.sentences)
    text = joined((sentence.text for sentence in block.sentences), shown)
    return {"item": "- ", "quote": "> "}.get(block.kind, "") + text


def _row(sentence: Sentence, numbers: Mapping[int, int]) -> str:
    cells = [escape(cell).replace("|", "\\|") for cell in cells_of(sentence.text)]
    return f"| {' | '.join(cells)}{_markers(sentence, numbers)} |"


def _code_markers(block: Block, before: Block | None, numbers: Mapping[int, int]) -> str:
    """Return the markers under a piece of code; none where the sentence that announces it has them already."""
    own = _markers(block.sentences[0], numbers)
    return "" if before is not None and _markers(before.sentences[-1], numbers) == own else own


def _markers(sentence: Sentence, numbers: Mapping[int, int]) -> str:
    return "".join(f"[{n}]" for n in sorted({numbers[passage_id] for passage_id in sentence.passages}))


def address_in_markdown(url: str) -> str:
    """Return the address as it may stand between angle brackets."""
    return url.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20").replace("\n", "")
