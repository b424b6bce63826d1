"""Whatever style of citation a model uses is read and leaves no trace; code that looks like one stays."""

import pytest

from agents.grounding import parse
from agents.post.model_citations import mark_citations, take_citations


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("The gate closes at noon [1].", (1,)),
        ("The gate closes at noon.[1]", (1,)),
        ("The gate closes at noon. [1][3]", (1, 3)),
        ("The gate closes at noon [1, 3].", (1, 3)),
        ("The gate closes at noon [1-3].", (1, 2, 3)),
        ("The gate closes at noon [[1]].", (1,)),
        ("The gate closes at noon [E12].", (12,)),
        ("The gate closes at noon [source 2].", (2,)),
        ("The gate closes at noon [1](https://a.example/b).", (1,)),
        ("The gate closes at noon [[2]](https://a.example/b).", (2,)),
        ("The gate closes at noon【1†source】.", (1,)),
        ("The gate closes at noon [^1].", (1,)),
        ("The gate closes at noon (1).", (1,)),
        ("The gate closes at noon. (2)", (2,)),
        ("The gate closes at noon (source 3).", (3,)),
        ("The gate closes at noon<sup>1</sup>.", (1,)),
        ("The gate closes at noon<sup>[1]</sup>.", (1,)),
        ("The gate closes at noon.¹", (1,)),
        ("According to [1], the gate closes at noon.", (1,)),
        ("As stated in source [2], the gate closes at noon.", (2,)),
        ("The gate closes at noon []. ", ()),
        ("The gate closes at noon [99].", (99,)),
    ],
)
def test_a_citation_is_read_and_taken_out(written: str, numbers: tuple[int, ...]):
    cited = take_citations(mark_citations(written))
    assert cited.text.lower() == "the gate closes at noon."
    assert cited.text[0] == "T"
    assert cited.numbers == numbers


@pytest.mark.parametrize(
    "text",
    [
        "The tool reads the level from argv[1] and writes to doors[0].",
        "A function takes *args and **kwargs.",
        "Run `echo $argv[1]` (twice) and wait.",
        "The room has 20 m² of floor.",
        "Mark it with git bisect <bad>.",
    ],
)
def test_what_looks_like_a_citation_or_markup_and_is_none_stays(text: str):
    assert parse(text, [text]) == [("prose", text)]


def test_a_list_of_sources_at_the_end_and_definitions_fall_away():
    text = "The gate closes at noon [1].\n\n[1]: https://a.example/b\n\nSources:\n- [1] The gate\n- [2] The quay\n"
    assert parse(text) == [("prose", "The gate closes at noon.")]


def test_the_first_of_several_things_keeps_its_number():
    text = "There are two ways: (1) by hand and (2) by motor."
    assert parse(text) == [("prose", text)]
