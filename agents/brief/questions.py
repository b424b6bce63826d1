"""The one screen of questions before a post is begun, and what is asked where a topic cannot be written about. Pure."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field

from agents.brief.brief import LONGEST_ADDRESS, LONGEST_LINE, MOST_SOURCES, Brief, Format, is_address
from agents.text.words import content_stems
from language.languages import language_of
from language.terms import is_stop_word
from language.words import words

ANSWER_WITHIN_S = 15 * 60
"""How long a question waits before the post goes on without an answer."""
LONGEST_TOPIC = 300
_FEWEST_TO_TELL = 2
"""Small words that a topic in Latin letters must have for its language to be told: a name may hold one."""
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1aff\u2e80-\ud7ff]")
_NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "pt": "Portuguese", "pl": "Polish", "cs": "Czech", "sv": "Swedish", "da": "Danish", "fi": "Finnish",
    "ru": "Russian", "uk": "Ukrainian", "tr": "Turkish", "ja": "Japanese", "zh": "Chinese", "ko": "Korean",
    "ar": "Arabic", "he": "Hebrew", "hi": "Hindi", "th": "Thai", "el": "Greek",
}  # fmt: skip


class Clarified(BaseModel):
    """A person's answers to the questions before a post. Every one may be left out."""

    audience: str = Field(default="", max_length=LONGEST_LINE - 101, title="Who is it for?")
    goal: str = Field(default="", max_length=LONGEST_LINE - 101, title="What should they know or do afterwards?")
    format: Format = Field(default="", title="What form should it have?")
    angle: str = Field(default="", max_length=LONGEST_LINE - 101, title="Anything it should turn on?")


class NewTopic(BaseModel):
    """A person's answer where the topic that they gave cannot be written about."""

    topic: str = Field(default="", max_length=LONGEST_TOPIC, title="Write about this instead")


class TopicInTheirLanguage(BaseModel):
    """A person's answer where the topic is in another language than what was read. Without one it stays."""

    topic: str = Field(default="", max_length=LONGEST_TOPIC, title="The topic in the language of the pages")


class MoreToGoOn(BaseModel):
    """A person's answer where there is too little to write from."""

    sources: str = Field(
        default="", max_length=4 * LONGEST_ADDRESS, title="Addresses to read", description="One per line."
    )
    topic: str = Field(default="", max_length=LONGEST_TOPIC, title="Another topic")


def has_open_questions(brief: Brief) -> bool:
    """Return whether the screen of questions would ask anything that the brief does not say."""
    return brief.ask and not (brief.audience and brief.goal and brief.format)


def clarified(brief: Brief, answer: Clarified) -> Brief:
    """Return the brief with what was answered; what it said already stays where nothing was."""
    goal = "; ".join(part for part in (answer.goal.strip() or brief.goal, answer.angle.strip()) if part)
    return brief.model_copy(
        update={
            "audience": answer.audience.strip() or brief.audience,
            "goal": goal[:LONGEST_LINE],
            "format": answer.format or brief.format,
        }
    )


def addresses_in(text: str) -> tuple[list[str], list[str]]:
    """Return the web addresses in a text, one a line, each once, and the lines that are none."""
    lines = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())
    found = {line: line if "://" in line else f"https://{line}" for line in lines}
    good = [whole for whole in found.values() if is_address(whole)]
    return good[:MOST_SOURCES], [line for line, whole in found.items() if not is_address(whole)]


def says_nothing(topic: str) -> bool:
    """Return whether a topic has no word that could be searched for, in any language that has a list of such words."""
    language = language_of(topic, default="en")
    found = words(topic)
    if any(character.isdigit() for character in topic) or _names_in_capitals(found):
        return False
    kept = [word for word in found if not is_stop_word(word.lower(), language)]
    return not content_stems(topic, language) or not kept


def _names_in_capitals(found: list[str]) -> bool:
    """Return whether a word is a name by its capitals (“IT”), other than in a topic that is all in capitals."""
    capitals = [word for word in found if len(word) > 1 and word.isupper() and word.isascii()]
    return bool(capitals) and (len(found) == 1 or len(capitals) < len(found))


def other_language(topic: str, spoken: list[str]) -> tuple[str, str] | None:
    """Return the languages of the topic and of the pages, in words, where those differ; else None.

    `spoken` are the codes of the pages' languages, most frequent first. A topic too short to tell is taken as theirs.
    """
    if not spoken:
        return None
    found = language_of(topic, default=spoken[0])
    if found in spoken or not (_OTHER_SCRIPT.search(topic) or _tells(topic, found, spoken[0])):
        return None
    return _named(found), _named(spoken[0])


def _tells(topic: str, language: str, other: str) -> bool:
    """Return whether a topic in Latin letters shows its language: two small words of it, far more than of the other."""
    found = {word.lower() for word in words(topic)}
    small, theirs = (sum(is_stop_word(word, code) for word in found) for code in (language, other))
    return small >= _FEWEST_TO_TELL and small > 2 * theirs


def _named(code: str) -> str:
    return _NAMES.get(code, f"the language “{code}”")
