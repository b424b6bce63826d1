"""The steps that end a post: its closing, its titles, what tells of it. What goes wrong here costs none of the text."""

from __future__ import annotations

from agents.post.article import Block, Section, plain_text, sentences_of
from agents.post.article import said_in as _said
from agents.presenting import prompts
from agents.presenting.presentation import (
    LONGEST_DESCRIPTION,
    LONGEST_EXCERPT,
    LONGEST_SNIPPET,
    Presentation,
    Proposal,
    fits,
    sound_titles,
)
from agents.sources.evidence import Evidence
from agents.steps.reply_check import check_written as _check
from agents.writing.model import Model, Written
from agents.writing.prompts import Prompt
from genisys import GenisysError, component, status

_CLOSING_WORDS = 8


@component(title="Write the closing")
async def close(
    title: str, sections: list[Section], lead: list[Block], evidence: list[Evidence], model: str, wanted: str
) -> Section:
    """Return the last section, with a paragraph that ends the post where one stands against the text's own sources.

    `wanted` is what the reader is to be asked to do; without it the paragraph sums up. It does not repeat the `lead`.
    """
    status("Closing the post")
    last = sections[-1]
    prompt = prompts.closing(title, [section.heading for section in sections], _text_of(sections), wanted)
    try:
        async with Model(model) as writer:
            written = await writer.write(prompt)
        verdict = await _check(
            written,
            evidence,
            prompt,
            model=model,
            heading=title,
            said=[*_said(sections), *(sentence.text for sentence in sentences_of(lead))],
            least_words=_CLOSING_WORDS,
            least_sentences=1,
        )
    except GenisysError:
        return last
    prose = [block for block in verdict.blocks if block.kind == "prose"][:1]
    if not verdict.passed or not prose:
        return last
    return last.model_copy(update={"blocks": [*last.blocks, *prose], "changes": [*last.changes, *verdict.changes]})


@component(title="Find titles and a description")
async def present(title: str, sections: list[Section], evidence: list[Evidence], model: str) -> Presentation:
    """Return other titles and texts that tell of the post and say no more than it; what does not stand is left out."""
    text = _text_of(sections)
    prompt = prompts.presentation(title, [section.heading for section in sections], text)
    try:
        async with Model(model) as writer:
            proposal = await writer.answer(prompt, prompts.presentation_schema(), Proposal)
        if proposal is None:
            return Presentation()

        async def checked(proposed: str, longest: int) -> str:
            return await _borne_out(proposed, longest, title, evidence, prompt, model)

        return Presentation(
            titles=sound_titles(proposal.titles, title, text),
            description=await checked(proposal.description, LONGEST_DESCRIPTION),
            excerpt=await checked(proposal.excerpt, LONGEST_EXCERPT),
            snippet=await checked(proposal.snippet, LONGEST_SNIPPET),
        )
    except GenisysError:
        return Presentation()


async def _borne_out(
    proposed: str, longest: int, title: str, evidence: list[Evidence], prompt: Prompt, model: str
) -> str:
    """Return what of a proposed text the sources bear out, where that is still a text; else nothing."""
    if not proposed.strip():
        return ""
    verdict = await _check(
        Written(proposed, cut_off=False),
        evidence,
        prompt,
        model=model,
        heading=title,
        said=[],
        least_words=5,
        least_sentences=1,
    )
    kept = plain_text(verdict.blocks[:1]) if verdict.passed else ""
    return kept if fits(kept, longest) else ""


def _text_of(sections: list[Section]) -> str:
    return "\n\n".join(plain_text(section.blocks) for section in sections)
