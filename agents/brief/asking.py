"""What a run asks its person before and while a post is planned. Each question waits for a stated time, then goes on.

The words and the types of the answers are here, as is what an answer changes; when it is asked is the workflow's.
"""

from __future__ import annotations

from collections.abc import Mapping

from agents.brief.brief import Brief
from agents.brief.outlines import Outlined, asked_with
from agents.brief.questions import (
    ANSWER_WITHIN_S,
    Clarified,
    MoreToGoOn,
    NewTopic,
    TopicInTheirLanguage,
    addresses_in,
    clarified,
    has_open_questions,
    other_language,
    says_nothing,
)
from agents.brief.requests import PostRequest
from genisys import UserError, request_input, status


async def with_a_telling_topic(request: PostRequest) -> PostRequest:
    """Ask for another topic where this one has no word that says anything. Raises UserError where nobody gives one."""
    if not says_nothing(request.topic):
        return request
    question = f"“{request.topic}” has no word that could be looked up. What should the post be about?"
    told = await request_input(NewTopic, question, name="topic", deadline=ANSWER_WITHIN_S, default=NewTopic())
    if says_nothing(told.topic):
        raise UserError(f"“{request.topic}” has no word that could be looked up. Start again with another topic.")
    return request.model_copy(update={"topic": told.topic.strip()})


async def in_their_language(request: PostRequest, languages: list[str]) -> PostRequest:
    """Ask about a topic in another language than all that was read; without an answer it goes on as it stands."""
    differ = other_language(request.topic, languages)
    if differ is None:
        return request
    topic, pages = differ
    question = (
        f"The topic is in {topic}, and your pages are in {pages}. Words of one are seldom found in the other:"
        f" give the topic in {pages}, or go on as it stands."
    )
    kind = TopicInTheirLanguage
    told = await request_input(kind, question, name="language", deadline=ANSWER_WITHIN_S, default=kind())
    return request if says_nothing(told.topic) else request.model_copy(update={"topic": told.topic.strip()})


async def with_the_brief_filled_in(request: PostRequest) -> PostRequest:
    """Ask what the brief leaves open, on one screen, where that is wished."""
    if not has_open_questions(request.brief):
        return request
    question = "A few questions before the post is begun. Leave out what you like."
    answer = await request_input(Clarified, question, name="brief", deadline=ANSWER_WITHIN_S, default=Clarified())
    return request.model_copy(update={"brief": clarified(request.brief, answer)})


async def with_more_to_go_on(request: PostRequest, lacking: str) -> tuple[PostRequest, list[str]]:
    """Ask for another topic or more sources where there is too little to write from; return both.

    `lacking` says what there is. Raises UserError with it where nobody answers: nothing is written around it.
    """
    question = f"{lacking} Give addresses that say more, or another topic."
    told = await request_input(MoreToGoOn, question, name="sources", deadline=ANSWER_WITHIN_S, default=MoreToGoOn())
    topic = "" if says_nothing(told.topic) else told.topic.strip()
    found, unusable = addresses_in(told.sources)
    for text in unusable:
        status(f"“{text}” is no web address, so it was left out")
    if not topic and not found:
        raise UserError(lacking)
    return request.model_copy(update={"topic": topic or request.topic}), found


async def approved(outlined: Outlined, sources: Mapping[int, str], minutes: int) -> Outlined:
    """Have the outline approved or changed; after so many minutes it stands as it is. `sources` are named to them."""
    kind = asked_with(outlined, sources)
    question = "Write to this outline? Change it, or approve it as it stands."
    told: Outlined = await request_input(
        kind, question, name="outline", deadline=60 * minutes, default=kind.model_validate({})
    )
    return told


def told_without(brief: Brief, model: str) -> str:
    """Return in a sentence what of the brief a digest cannot heed; empty where that is nothing."""
    if not (brief.told() or brief.approve_minutes or brief.ask):
        return ""
    return (
        f"{model} is too small a model to write, so the post is a digest: the site's own sentences. Your sources are"
        " used, and what must not be said is left out; length, form, tone and the other wishes are not heeded."
    )
