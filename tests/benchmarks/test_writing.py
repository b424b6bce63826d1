"""The measures of `benchmarks.writing` are themselves right, on posts that a person has marked."""

from __future__ import annotations

import json
from collections import Counter

from benchmarks.writing.briefs import FAITHFUL, TRANSITION, briefs, read
from benchmarks.writing.figures import paid
from benchmarks.writing.measures import incomplete, measured, repetition, share
from benchmarks.writing.model import CHAT, FOREIGN, LEAK, Writer, draft
from genisys.testing.provider import prompt_text

ALL = briefs()
BRIEF = read(
    """
site: Gate
page: gate | The gate
topic: The tide gate
lead: A gate keeps the tide out.
== Hours
The gate opens at 6:00 and closes at 22:00. Boats wait at the red buoy. The keeper rings a bell.
-- When it opens
+ From six in the morning the gate is open.
~ What comes next?
+ Boats have to wait by the red buoy.
! number: The gate opens at 9:00 and closes at 22:00.
== Depth
The gate is 4 metres deep. A sill lies on its ground. Deep boats use the lock.
-- How deep it is
+ Four metres is the depth of the gate.
+ There is a sill on the ground.
== Price
Passing costs 3 euros. Children pay nothing. A ticket is good for a day.
-- What it costs
+ You pay three euros to pass.
+ Children go free.
"""
)[0]
POST = """# The gate

A gate keeps the tide out.[1]

## When it opens

From six in the morning the gate is open.[1] What comes next? Boats have to wait by the red buoy.[2]

## How deep it is

Four metres is the depth of the gate.[7]

There is a sill on the ground.

## What it costs

You pay three euros to pass.[1] Children go free.[1]

## Sources

1. [The gate](<https://gate.example/gate>)
"""
SNAPSHOTS = {1: [BRIEF.chapters[0].source, BRIEF.chapters[2].source], 2: ["Something else stands here."]}


def test_there_are_twelve_briefs_with_every_kind_of_sentence_and_planted_faults_of_many_kinds() -> None:
    assert len(ALL) >= 12
    assert len({brief.site for brief in ALL}) >= 4
    kinds = Counter(line.kind for brief in ALL for _, line in brief.lines)
    assert kinds[FAITHFUL] >= 150 and kinds[TRANSITION] >= 30
    assert len(set(kinds) - {FAITHFUL, TRANSITION}) >= 12
    assert all(len(brief.chapters) == 3 and brief.topic and brief.lead and brief.close for brief in ALL)
    texts = [line.text for brief in ALL for _, line in brief.lines]
    assert len(set(texts)) == len(texts)
    assert not [text for brief in ALL for chapter, line in brief.lines if (text := line.text) in chapter.source]


def test_a_post_is_counted_as_a_person_would() -> None:
    tally = measured(BRIEF, POST, SNAPSHOTS)
    assert (tally.faithful, tally.faithful_kept) == (6, 6)
    assert (tally.transitions, tally.transitions_kept) == (1, 1)
    assert (tally.cited, tally.cited_exist, tally.cited_right) == (5, 4, 3), "[7] is no source, [2] says another thing"
    assert (tally.facts, tally.facts_cited) == (6, 4), "the sill has no citation, and [7] is none"
    assert (tally.planted, tally.planted_caught) == (13, 13)
    assert tally.complete == 1
    assert (tally.headings, tally.headings_kept) == (3, 3)


def test_what_was_planted_and_reached_the_post_is_not_called_caught() -> None:
    false = BRIEF.chapters[0].lines[3].text
    first = BRIEF.chapters[1].lines[0].text
    spoiled = POST.replace("Children go free.[1]", f"Children go free.[{FOREIGN}] {false} {LEAK} {first}")
    tally = measured(BRIEF, spoiled, SNAPSHOTS)
    assert (tally.planted, tally.planted_caught) == (13, 13 - 1 - 3 - 3 - 1)
    lost = POST.replace("What comes next? ", "").replace("You pay three euros to pass.[1] ", "")
    tally = measured(BRIEF, lost, SNAPSHOTS)
    assert (tally.transitions_kept, tally.faithful_kept) == (0, 5)


def test_a_post_without_a_section_with_a_fragment_or_with_markup_left_is_not_complete() -> None:
    assert incomplete(BRIEF, POST) == []
    assert incomplete(BRIEF, POST.replace("## How deep it is\n", "")) == ["it has not its title and all its sections"]
    assert incomplete(BRIEF, POST.replace("next?", "[[ next?")) == ["markup is left over"]
    assert incomplete(BRIEF, POST.replace("the ground.", "the")) == ["a paragraph does not end as one"]
    short = "# The gate\n\n## When it opens\n\nSoon.\n\n## How deep it is\n\nDeep.\n\n## What it costs\n\nMuch.\n"
    assert "words where its sources have" in incomplete(BRIEF, short)[0]


def test_repetition_is_what_a_section_says_in_the_words_of_one_before() -> None:
    tally = repetition("## One\n\nThe gate opens at six.\n\n## Two\n\nThe gate opens at six daily.")
    assert (tally.shingles, tally.shingles_again) == (3, 1)
    assert share(1, 3) == 33.3
    assert share(0, 0) is None


def test_the_scripted_model_plants_what_it_says_and_counts_its_own_usage() -> None:
    text = draft(BRIEF.chapters[0], 2)
    assert text.startswith(CHAT) and text.endswith(LEAK)
    assert "the gate is open [2]." in text and f"red buoy [{FOREIGN}]." in text and "What comes next? [" not in text
    assert text.count("From six in the morning the gate is open") == 2
    writer = Writer(BRIEF)
    schema = {"type": "object", "properties": {"verdicts": {"type": "array"}}}
    body = {
        "messages": [{"role": "user", "content": "Claim 1: one\nQuotes:\n- a\n\nClaim 2: two\nQuotes:\n- b"}],
        "response_format": {"json_schema": {"schema": schema}},
    }
    verdicts = json.loads(writer(body))["verdicts"]
    assert [(one["n"], one["verdict"]) for one in verdicts] == [(1, "supported"), (2, "supported")]
    assert writer.used[0][0] == len(prompt_text(body).split())
    assert paid([(1_000_000, 0), (0, 1_000_000)]) == (1_000_000, 1_000_000, 400_000 + 1_600_000)
