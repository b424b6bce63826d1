"""The profile: what the site is, put together from what was understood of its pages."""

from __future__ import annotations

import json
import re
from typing import Any

from genisys import Cache, StepFailed, component, publish
from ingestion import repository
from ingestion.describing import grounding, prompts
from ingestion.describing.model import answer, understands
from ingestion.requests import PageFound, SiteProfile, SiteRef
from ingestion.steps.limits import LONGEST_STEP_S
from ingestion.steps.pages import KEPT_ANSWERS, NotUnderstood
from ingestion.understanding.merging import Known, by_kind, merged
from ingestion.web.links import site_host
from runs.providers import model_name

MOST_PROFILE_LINES = 14
MOST_OF_A_KIND = 8
MOST_KNOWN_BYTES = 160_000
"""Of the facts that a profile shows, as JSON: an event may have 256 KB. All of them are in the knowledge base."""
_SAYS_OF = re.compile(r"\b(?:is|are|was|were|ist|sind|est|sont|es|son)\b", re.IGNORECASE)
"""People are named by a phrase; a small model tells what the site is once more instead."""
_OPENING_PAGES = 3
_OPENING_CHARS = 3000


def _content(title: str, lines: list[str], model: str) -> list[str]:
    question = prompts.describe_site(title, lines)
    return [model, question.text, json.dumps(question.schema)]


@component(title="Ask what the site is", timeout=LONGEST_STEP_S, cache=Cache(KEPT_ANSWERS, key=_content))
async def ask_about_site(title: str, lines: list[str], model: str) -> dict[str, Any]:
    """Ask the model what a site is, by lines of its pages. The same lines are not paid for again."""
    if said := await answer(prompts.describe_site(title, lines)):
        return said
    raise NotUnderstood("The model's answer was no JSON.")


@component(title="Put together what is known", timeout=LONGEST_STEP_S)
async def write_profile(site: SiteRef, home: PageFound, read: int, skipped: int, failed: int) -> SiteProfile:
    """Say what the site is, from what was understood of its pages; nothing that its pages do not bear out."""
    pages = await repository.digested(site.site_id)
    first = [page for page in pages if page.url == home.url or page.title == home.title][:1] or pages[:1]
    ordered = first + [page for page in pages if page not in first]
    lines = [f"{page.title}: {page.summary}" for page in ordered[:MOST_PROFILE_LINES]]
    known = merged(await repository.stated(site.site_id))
    title = home.site_name or home.title or site_host(site.url)
    source = "\n".join([title, home.description, *lines, *(page.text for page in first)])
    shown = [home.description, *lines] if home.description else lines
    said, asked = await _said_of(title, shown), prompts.describe_site(title, shown).instructions
    what = grounding.grounded_text(said.get("what"), source, asked=asked, title=title, most=2)
    audience = _audience(said.get("audience"), source, asked, title)
    # A home page is often a list of links: the pages that it leads to first say more.
    opening = "\n".join(page.text[:_OPENING_CHARS] for page in ordered[:_OPENING_PAGES])
    profile = SiteProfile(
        site_id=site.site_id,
        url=site.url,
        title=title[:300],
        what=what or grounding.extractive_summary(home.description, opening, title),
        what_by=model_name() if what else grounding.EXTRACT,
        audience=audience,
        audience_by=model_name() if audience else "",
        tone=grounding.tone_of([page.text for page in ordered[:60]]),
        topics=_topics([page.topics for page in pages], [page.title for page in pages]),
        known=as_many_as_fit(known),
        facts=len(known),
        pages_read=read,
        pages_skipped=skipped,
        pages_failed=failed,
        models=await repository.writers(site.site_id),
    )
    if (what or audience) and model_name() not in profile.models:
        profile.models.append(model_name())
    await repository.finish_site(profile)
    publish("profile", profile, key="profile")
    return profile


def as_many_as_fit(known: list[Known]) -> dict[str, list[Known]]:
    """Return the first facts of each kind, fewer of each where long ones would make the profile too large to show."""
    for most in range(MOST_OF_A_KIND, 0, -1):
        found = by_kind(known, most=most)
        if (
            sum(len(each.model_dump_json().encode()) for of_kind in found.values() for each in of_kind)
            <= MOST_KNOWN_BYTES
        ):
            return found
    return {}


async def _said_of(title: str, lines: list[str]) -> dict[str, Any]:
    if not understands(model_name(), "\n".join(lines)):
        return {}
    try:
        found: dict[str, Any] = await ask_about_site(title, lines, model_name())
    except StepFailed as error:
        if error.kind != NotUnderstood.__name__:
            raise
        return {}
    return found


def _audience(said: object, source: str, asked: str, title: str) -> str:
    text = grounding.whole(said, prompts.AUDIENCE_CHARS) if isinstance(said, str) else ""
    says_something = len(text.split()) >= 2 and grounding.adds_to(text, title) and not _SAYS_OF.search(text)
    return text if says_something and grounding.is_grounded(text, source, asked=asked) else ""


def _topics(by_page: list[list[str]], titles: list[str], most: int = 8) -> list[str]:
    """Return the topics of more than one page, by how many; else the words of the titles; else any topics."""
    spread: dict[str, int] = {}
    names: dict[str, str] = {}
    for topics in by_page:
        for topic in {topic.lower(): topic for topic in topics}.items():
            spread[topic[0]] = spread.get(topic[0], 0) + 1
            names.setdefault(*topic)
    shared = sorted((key for key in spread if spread[key] > 1), key=lambda key: (-spread[key], key))
    return (
        [names[key] for key in shared[:most]]
        or grounding.frequent_words(titles, most=most)
        or list(names.values())[:most]
    )
