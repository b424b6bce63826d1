"""The check that holds a text against its evidence."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.grounding import Fault, Judged, check, check_post, is_leak, is_loop, parse, supports
from agents.post.article import plain_text, sentences_of
from agents.sources.evidence import Evidence
from agents.text.words import normal
from language.sentences import sentences

ALL = [Evidence(**item) for item in json.loads(Path(__file__).with_name("evidence.json").read_text())]
INSTALL, QUEUE, RETRY, METRICS, QUEUE_MORE = ALL

TRUE_TEXT = (
    "Quillon keeps every job in an append-only journal. When a worker stops, another worker reads the journal"
    " and continues with the first unfinished job.\n\n"
    "A failed job is tried again after a growing pause. Each pause doubles until it reaches one minute, and after"
    " five failures the job is moved to the parking lot."
)


def test_a_true_text_passes_whole_and_every_sentence_knows_its_passage():
    verdict = check(TRUE_TEXT, ALL)
    assert verdict.passed, verdict.problems
    assert not verdict.dropped
    assert [sentence.passages[0] for sentence in sentences_of(verdict.blocks)] == [12, 12, 13, 13]
    assert normal(plain_text(verdict.blocks)) == normal(TRUE_TEXT)


@pytest.mark.parametrize(
    "sentence",
    [
        "The journal is compacted every six hours without blocking the writers.",
        "Quillon needs Python 3.11 or newer and 40 megabytes of disk space.",
        "A parked job can be released by an operator with the `quillon release` command.",
        "The first pause is 2 seconds, and later pauses double until they reach a minute.",
        "An operator can inspect jobs that were moved to the parking lot after five failures.",
        "Windows is not supported by Quillon.",
        "Do not run the installer as root.",
        "Queue length, job durations and the number of parked jobs are reported by the metrics endpoint.",
        "Running jobs are never interrupted by a priority.",
    ],
)
def test_a_sentence_in_the_sources_words_stands(sentence: str):
    assert supports(sentence, ALL).fault is None


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Quillon was created in 2014 and keeps every job in a journal.", Fault.NUMBER),
        ("The journal is compacted every twelve hours.", Fault.NUMBER),
        ("The first pause lasts five seconds.", Fault.NUMBER),
        ("Quillon needs Python 3.9 or newer.", Fault.NUMBER),
        ("Quillon keeps every job in a journal on Kubernetes.", Fault.NAME),
        ("An operator can release a parked job with `quillon unpark`.", Fault.NAME),
        ("Read the documentation at https://quillon.example/made-up about the journal.", Fault.NAME),
        ("Google keeps every finished job in the journal.", Fault.UNSUPPORTED),
        ("Quillon is the fastest queue for jobs.", Fault.CLAIM),
        ("Quillon always keeps the journal.", Fault.CLAIM),
        ("Windows is supported.", Fault.NEGATION),
        ("You should run the installer as root.", Fault.NEGATION),
        ("Compaction blocks writers.", Fault.NEGATION),
        ("The metrics endpoint does not report queue length.", Fault.NEGATION),
        (
            "Our platform empowers businesses to unlock new levels of productivity and growth.",
            Fault.UNSUPPORTED,
        ),
        (
            "Quillon keeps every job in a journal, which won the award for the design of the year.",
            Fault.UNSUPPORTED,
        ),
        (
            "Quillon keeps jobs in a journal, and its authors live in a quiet village near the sea.",
            Fault.UNSUPPORTED,
        ),
        ("I keep every job in the append-only journal.", Fault.SELF),
        ("That is it.", Fault.EMPTY),
        ("It does so many things.", Fault.EMPTY),
    ],
)
def test_a_sentence_that_the_sources_do_not_bear_falls(sentence: str, fault: Fault):
    assert supports(sentence, ALL).fault is fault


def test_words_from_all_over_do_not_make_a_true_sentence():
    judged = supports("The operator alerts the journal in milliseconds when packages overtake the installer.", ALL)
    assert judged.fault is Fault.UNSUPPORTED


def test_a_number_must_stand_near_what_it_counts():
    far = INSTALL.model_copy(
        update={"text": INSTALL.text + " " + QUEUE.text + " " + RETRY.text + " The manual has 312 pages."}
    )
    assert supports("Quillon needs about 312 megabytes of disk space.", [far]).fault is Fault.NUMBER


def test_without_evidence_nothing_stands():
    verdict = check(TRUE_TEXT, [])
    assert not verdict.passed
    assert not verdict.blocks


def test_invented_sentences_are_dropped_and_the_rest_stands():
    text = TRUE_TEXT + "\n\nThe project was founded by Maria Lindqvist in 2009. Thousands of companies trust it."
    verdict = check(text, ALL)
    assert verdict.passed
    assert len(verdict.dropped) == 2
    assert "Lindqvist" not in plain_text(verdict.blocks)
    assert "companies" not in plain_text(verdict.blocks)


def test_a_text_that_is_mostly_invented_does_not_pass_and_says_why():
    text = (
        "Quillon keeps every job in an append-only journal. It was acquired by Oracle in 2019. Analysts love"
        " its speed. Its mascot is a purple otter. Customers save millions every month."
    )
    verdict = check(text, ALL)
    assert not verdict.passed
    assert "removed" in verdict.problems[0]


def test_a_text_too_short_does_not_pass():
    verdict = check("Quillon keeps every job in an append-only journal.", ALL)
    assert not verdict.passed
    assert "words could be kept" in verdict.problems[0]


def test_an_empty_text_does_not_pass():
    assert check("   \n\n", ALL).problems == ["The text was empty."]


@pytest.mark.parametrize(
    "tail",
    [
        "The journal is compacted every six hours, and compaction does",
        "After five failures the job is moved to the parking lot, where an operator can",
    ],
)
def test_a_tail_that_was_cut_off_is_dropped(tail: str):
    verdict = check(f"{TRUE_TEXT}\n\n{tail}", ALL, cut_off=True)
    assert verdict.passed
    assert plain_text(verdict.blocks).rstrip().endswith(".")
    assert tail not in plain_text(verdict.blocks)


def test_a_list_item_cut_off_by_length_is_dropped_and_a_whole_one_is_kept():
    text = "The metrics endpoint reports:\n- queue length and job duration\n- the number of parked"
    kept = check(text, ALL, cut_off=True, least_words=1, least_sentences=1)
    assert [sentence.text for sentence in sentences_of(kept.blocks)] == [
        "The metrics endpoint reports:",
        "queue length and job duration",
    ]


def test_a_lead_in_without_its_list_is_dropped():
    verdict = check(f"{TRUE_TEXT}\n\nThe metrics endpoint reports:\n- unicorns and rainbows", ALL)
    assert not plain_text(verdict.blocks).endswith(":")


@pytest.mark.parametrize(
    "leak",
    [
        "Sure! Here is the section about the journal and its jobs.",
        "As an AI language model, I keep every job in the journal.",
        "<|im_start|>assistant Quillon keeps every job in the journal.",
        "In this section, we explain how Quillon keeps every job.",
        "Section: Quillon keeps every job in an append-only journal.",
        "assistant: Quillon keeps every job in an append-only journal.",
        "Based on the provided sources above, Quillon keeps every job in a journal.",
    ],
)
def test_prompt_text_is_dropped(leak: str):
    assert is_leak(leak)
    verdict = check(f"{leak}\n\n{TRUE_TEXT}", ALL)
    assert verdict.passed
    assert leak not in plain_text(verdict.blocks)
    assert verdict.dropped


def test_the_instructions_own_words_are_dropped_whatever_they_are():
    instructions = "Tell the reader which job the worker reads when it stops in the journal, and be brief about it."
    parrot = "Tell the reader which job the worker reads when it stops in the journal."
    verdict = check(f"{parrot} {TRUE_TEXT}", ALL, instructions=instructions)
    assert verdict.judged[0].fault is Fault.LEAK
    assert verdict.passed


def test_a_source_may_speak_of_prompts_and_assistants():
    source = QUEUE.model_copy(update={"text": "As an AI product, Quillon sends each system prompt to the journal."})
    verdict = check(source.text, [source], least_words=1, least_sentences=1)
    assert verdict.passed


@pytest.mark.parametrize(
    "loop",
    [
        "The queue is the queue and the queue is the queue of jobs.",
        "Quillon keeps jobs, keeps jobs, keeps jobs, keeps jobs in the journal.",
        "The worker reads the journal and the worker reads the journal and the worker reads the journal.",
    ],
)
def test_a_sentence_that_loops_is_dropped(loop: str):
    assert is_loop(loop)
    verdict = check(f"{TRUE_TEXT} {loop}", ALL)
    assert verdict.judged[-1].fault is Fault.LOOP


@pytest.mark.parametrize("sentence", sentences(" ".join(item.text for item in ALL)))
def test_ordinary_sentences_are_no_loops(sentence: str):
    assert not is_loop(sentence)


def test_a_model_stuck_on_one_sentence_does_not_pass():
    verdict = check("Quillon keeps every job in an append-only journal. " * 12, ALL)
    assert not verdict.passed
    assert len(sentences_of(verdict.blocks)) == 1
    assert {judged.fault for judged in verdict.dropped} == {Fault.REPEAT}


def test_what_an_earlier_section_said_is_not_said_again():
    verdict = check(TRUE_TEXT, ALL, said=["Quillon keeps every job in an append-only journal."])
    assert verdict.judged[0].fault is Fault.REPEAT


def test_a_sentence_that_points_at_a_dropped_one_goes_with_it():
    text = f"{TRUE_TEXT} The founders met at a party in Oslo. It is compacted every six hours without blocking writers."
    verdict = check(text, ALL)
    assert [judged.fault for judged in verdict.dropped] == [Fault.UNSUPPORTED, Fault.DANGLING]


def test_a_question_whose_answer_was_taken_out_goes_with_it():
    stands = "The journal is compacted every six hours without blocking the writers."
    asks = "How many operators can inspect jobs in the parking lot?"

    def decide(sentence: str, cited: Sequence[int]) -> Judged:
        return Judged(sentence, (12,), Fault.UNSUPPORTED if "Oslo" in sentence else None)

    cut = check(f"{stands} {asks} All of them meet in Oslo. In return they keep every job there.", ALL, decide=decide)
    assert cut.dropped[0].text == asks
    assert plain_text(cut.blocks) == stands
    answered = check(
        f"{stands} {asks} All of them meet in Oslo. Two of them are enough for most sites.", ALL, decide=decide
    )
    assert asks in plain_text(answered.blocks)
    last = check(f"{stands} {asks}", ALL, decide=decide)
    assert asks in plain_text(last.blocks)


def test_a_question_that_leads_on_stays_where_only_what_was_told_before_is_told_again_wrongly():
    stands = "The journal is compacted every six hours without blocking the writers."
    wrong = "The journal is compacted every nine hours without blocking the writers."

    def decide(sentence: str, cited: Sequence[int]) -> Judged:
        return Judged(sentence, (12,), Fault.ALTERED if "nine" in sentence or "Oslo" in sentence else None)

    for asks in ("And if something breaks?", "So which one is for you?"):
        assert asks in plain_text(check(f"{stands} {asks} {wrong}", ALL, decide=decide).blocks)
        answer = "The founders met at a party in Oslo."
        assert asks not in plain_text(check(f"{stands} {asks} {wrong} {answer}", ALL, decide=decide).blocks)


@pytest.mark.parametrize(
    ("sentence", "stays"),
    [
        ("So what does that mean for you?", True),
        ("That brings us to the next point.", True),
        ("It pays to know the rules.", True),
        ("However, there is an exception.", False),
        ("That may sound strict.", False),
        ("So it waits.", False),
    ],
)
def test_behind_a_gap_stays_what_leads_on_from_all_that_was_said(sentence: str, stays: bool):
    def decide(text: str, cited: Sequence[int]) -> Judged:
        return Judged(text, () if text == sentence else (12,), Fault.UNSUPPORTED if "Oslo" in text else None)

    text = f"{TRUE_TEXT} The founders met at a party in Oslo. {sentence}"
    assert (sentence in plain_text(check(text, ALL, decide=decide).blocks)) is stays


def test_the_models_own_headings_numbers_links_and_images_fall_away():
    text = (
        "## Jobs\n\n**Storage**\n\nQuillon keeps every job in an append-only"
        " [journal](https://evil.example/x) [1][7]. ![x](https://evil.example/p.png) A finished job is written"
        " **once** and is not run again (source 3)."
    )
    blocks = parse(text)
    assert blocks == [
        (
            "prose",
            "Quillon keeps every job in an append-only journal. A finished job is written once and is not run again.",
        )
    ]


def test_code_stands_only_where_a_source_has_it():
    source = QUEUE.model_copy(update={"text": QUEUE.text + "\nRun\nquillon start --workers 4\n"})
    good = check("```\nquillon start --workers 4\n```", [source], least_words=1, least_sentences=1)
    bad = check("```\nquillon destroy --all\n```", [source], least_words=1, least_sentences=1)
    assert good.passed
    assert not bad.blocks


def test_a_sentence_may_lean_on_two_passages_and_cites_both():
    judged = supports(
        "Another worker continues with the first unfinished job, and the metrics endpoint reports queue length.",
        [QUEUE, METRICS],
    )
    assert judged.fault is None
    assert set(judged.passages) == {12, 14}


def test_the_whole_post_needs_a_title_three_headings_and_text():
    assert check_post("Jobs", ["One", "Two", "Three"], ["a", "b", "c"]) == []
    assert "title" in check_post(" ", ["One", "Two", "Three"], ["a", "b", "c"])[0]
    assert "fewer than 3 different" in check_post("Jobs", ["One", "one", "Two"], ["a", "b", "c"])[0]
    assert check_post("Jobs", ["One", "one"], ["a", "b"], least=1) == []
    assert "empty" in check_post("Jobs", ["One", "Two", "Three"], ["a", " ", "c"])[0]


SOURCE_SENTENCES = sentences(" ".join(item.text for item in ALL))


@settings(max_examples=60)
@given(st.sampled_from(SOURCE_SENTENCES))
def test_a_sentence_of_the_sources_is_true_to_them(sentence: str):
    judged = supports(sentence, ALL)
    assert judged.fault in (None, Fault.EMPTY), judged


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_any_text_at_all_gets_a_verdict_and_keeps_no_unknown_word(text: str):
    verdict = check(text, ALL)
    known = {word for item in ALL for word in normal(f"{item.page_title} {item.heading} {item.text}").split()}
    for sentence in sentences_of(verdict.blocks):
        assert sentence.passages
        assert set(normal(sentence.text).split()) & known


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["zorble", "quindar", "vexil", "plomb", "trask"]), min_size=4, max_size=30))
def test_words_that_no_source_has_never_stand(made_up: list[str]):
    verdict = check(" ".join(made_up).capitalize() + ".", ALL)
    assert not verdict.blocks


@settings(max_examples=60)
@given(
    st.sampled_from([s for s in SOURCE_SENTENCES if any(c.isdigit() for c in s)]),
    st.integers(min_value=100, max_value=99999),
)
def test_a_changed_number_is_found(sentence: str, number: int):
    changed = "".join(f" {number} " if char.isdigit() else char for char in sentence)
    assert supports(changed, ALL).fault is not None
