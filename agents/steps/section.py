"""One section: written by the model and checked, or taken from the sources."""

from __future__ import annotations

from collections.abc import Sequence

from agents.grounding import Verdict
from agents.post.article import EXTRACT, Block, Change, Section, word_count
from agents.post.assemble import section_markdown
from agents.post.citations import Citation, number, numbers_of
from agents.sources.ranking import excerpt, substance
from agents.steps.display import show_section as _tell_section
from agents.steps.display import show_source as _tell_source
from agents.steps.handoff import Conflict, SectionTask
from agents.steps.reply_check import check_written
from agents.steps.verify import Verified
from agents.text.words import normal
from agents.writing import prompts
from agents.writing.extractive import WORDS_WANTED, extractive_section
from agents.writing.model import Model
from agents.writing.prompts import Prompt
from genisys import Retry, Text, component, status, text

TRIES = 2


@component(title=lambda task: task.heading, retry=Retry(attempts=2, base=1.0), key=lambda task: task.depends_on)
async def write_section(task: SectionTask) -> Section:
    """Write one section before the reader's eyes; what does not hold becomes an extract."""
    status(f"Writing section {task.n} of {len(task.headings)}, “{task.heading}”")
    async with text(task.block, title=task.heading) as draft:
        async with Model(task.model) as model:
            section = await _written(task, model, draft)
        cited = _shown(section, task, draft)
    if section.is_extract:
        status(f"{task.model} could not write “{task.heading}”; it is quoted from the sources. {section.problems[-1]}")
    _tell_written(section, task, cited)
    return section.model_copy(update={"block": task.block})


@component(title=lambda task, section: f"Keep “{task.heading}”")
async def keep_section(task: SectionTask, section: Section) -> Section:
    """Show a section that was written before the outline was changed, in its place now. No model is asked."""
    async with text(task.block, title=task.heading) as draft:
        cited = _shown(section, task, draft)
    _tell_written(section, task, cited)
    return section.model_copy(update={"n": task.n, "block": task.block})


def _shown(section: Section, task: SectionTask, draft: Text) -> list[Citation]:
    """Show the section's text with the numbers of its sources; return those of the post so far."""
    cited = number([section.blocks], {item.passage_id: item for item in task.evidence}, after=task.cited)
    draft.replace(section_markdown(section.blocks, numbers_of(cited), is_extract=section.is_extract))
    return cited


def _tell_written(section: Section, task: SectionTask, cited: Sequence[Citation]) -> None:
    for citation in cited:
        _tell_source(citation)
    _tell_section(
        task.n,
        task.heading,
        "extract" if section.is_extract else "done",
        words=word_count(section.blocks),
        model=section.written_by,
        dropped=section.sentences_dropped,
        changed=sum(bool(change.after) for change in section.changes),
        why=section.problems[-1] if section.is_extract and section.problems else "",
        block=task.block,
    )


async def _written(task: SectionTask, model: Model, draft: Text) -> Section:
    """Return the section as the model wrote it if one try passes, else as an extract."""
    problems: list[str] = []
    verified = Verified(task.evidence, task.model)
    for tried in range(TRIES):
        if tried:
            draft.begin_again()
        verdict = await _tried(task, model, draft, problems, verified)
        if verdict.passed:
            return Section(
                n=task.n,
                heading=task.heading,
                blocks=verdict.blocks,
                written_by=model.name,
                tries=tried + 1,
                sentences_dropped=len(verdict.dropped),
                problems=problems,
                changes=[*verdict.changes, *_conflict_changes(task)],
            )
        problems += verdict.problems
    return Section(
        n=task.n,
        heading=task.heading,
        blocks=_extract(task),
        written_by=EXTRACT,
        tries=TRIES,
        problems=problems,
        changes=_conflict_changes(task),
    )


async def _tried(task: SectionTask, model: Model, draft: Text, problems: list[str], verified: Verified) -> Verdict:
    """Have the model write into the draft, and return what of it stands. `problems` are those of earlier tries."""
    _tell_section(task.n, task.heading, "writing", model=model.name, block=task.block)
    requests = _requests(task, model, problems)
    written = await model.stream(requests, draft)
    _tell_section(task.n, task.heading, "checking", model=model.name, block=task.block)
    return await check_written(
        written,
        task.evidence,
        *requests,
        model=task.model,
        heading=task.heading,
        said=task.said,
        verified=verified,
    )


def _requests(task: SectionTask, model: Model, problems: list[str]) -> list[Prompt]:
    """Return what the model is asked for this section; after an earlier try, in another way."""
    evidence = [excerpt(item, model.portion.chars) for item in task.evidence]
    others = [heading for heading in task.headings if heading != task.heading]
    before = task.said[-1] if task.said else ""
    request = prompts.section(
        task.title,
        task.heading,
        task.covers,
        others,
        before,
        evidence,
        place=(task.n, len(task.headings)),
        changed=[conflict.told() for conflict in _own_conflicts(task)],
        brief="\n".join(filter(None, (task.thesis and f"Thesis of the post: {task.thesis}", task.brief))),
    )
    return [prompts.again(request, problems) if problems else request]


def _own_conflicts(task: SectionTask) -> list[Conflict]:
    """Return the contradictions whose statement in force is among this section's evidence."""
    own = {item.passage_id for item in task.evidence}
    return [conflict for conflict in task.conflicts if conflict.kept_from in own]


def _conflict_changes(task: SectionTask) -> list[Change]:
    return [
        Change(before=lost, after=conflict.kept, why=conflict.why, judge="rules")
        for conflict in _own_conflicts(task)
        for lost in conflict.dropped
    ]


def _extract(task: SectionTask) -> list[Block]:
    """Return an extract that leaves something for later sections, and repeats earlier ones only where it must."""
    subject = f"{task.heading} {task.covers} {task.title}"
    wanted = WORDS_WANTED
    if task.shared:
        said = {normal(sentence) for sentence in task.said}
        _, left = substance(task.evidence, without=said)
        wanted = min(wanted, max(8, left // (len(task.headings) - task.n + 1)))
    return extractive_section(
        task.evidence, subject=subject, said=task.said, words_wanted=wanted
    ) or extractive_section(task.evidence, subject=subject, words_wanted=wanted)
