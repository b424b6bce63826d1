"""The steps of a revision: the post as it stands, one section anew, the new version."""

from __future__ import annotations

from datetime import timedelta

from agents.post.article import EXTRACT, Section
from agents.post.assemble import section_markdown
from agents.post.citations import number, numbers_of
from agents.revising import rows
from agents.revising.prompt import revise as _revise_prompt
from agents.revising.requests import Draft, ReviseResult, Revision, Rewriting
from agents.steps.display import show_section as _tell_section
from agents.steps.reply_check import check_written as _check_written
from agents.writing.model import Model
from genisys import Cache, Retry, component, status, text

_KEPT = timedelta(days=30)


def _content(task: Rewriting) -> str:
    return task.model_dump_json()


@component(title="Look at the post")
async def take_up(post_id: str) -> Draft:
    """Return the post as it stands now."""
    return await rows.draft_of(post_id)


@component(
    title=lambda task: f"Rewrite “{task.heading or 'the opening'}”",
    retry=Retry(attempts=2, base=1.0),
    cache=Cache(ttl=_KEPT, key=_content),
)
async def rewrite_section(task: Rewriting) -> Section:
    """Return the section as the model wrote it; without blocks, and with why, where that does not stand.

    The same wish about the same text is answered from the cache: it is paid for once.
    """
    heading = task.heading or "Opening"
    status(f"Rewriting “{heading}”")
    _tell_section(task.n, heading, "writing", model=task.model)
    prompt = _revise_prompt(task)
    async with text(f"section-{task.n}", title=heading) as draft, Model(task.model) as model:
        written = await model.stream([prompt], draft)
        verdict = await _check_written(
            written, task.evidence, prompt, model=task.model, heading=task.heading, said=task.said, least_words=12
        )
        blocks = verdict.blocks if verdict.passed else []
        cited = number([blocks], {item.passage_id: item for item in task.evidence})
        draft.replace(section_markdown(blocks, numbers_of(cited)))
    _tell_section(task.n, heading, "done", model=task.model, dropped=len(verdict.dropped))
    return Section(
        n=task.n,
        heading=task.heading,
        blocks=blocks,
        written_by=task.model if blocks else EXTRACT,
        problems=verdict.problems,
        sentences_dropped=len(verdict.dropped),
        changes=verdict.changes,
    )


@component(title="Keep the new version")
async def keep_revision(draft: Draft, revision: Revision) -> ReviseResult:
    """Write the new version beside what a person may have changed meanwhile."""
    result = await rows.keep(draft, revision)
    async with text("article", title=draft.title) as article:
        article.replace(result.markdown)
    return result
