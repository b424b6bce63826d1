"""What a check says: the fault of a sentence, the sentence after its check, the outcome for a text."""

from dataclasses import dataclass, field
from enum import StrEnum

from agents.post.article import Block, Change


class Fault(StrEnum):
    """What can be wrong with one sentence. The value is what a model is told when it is asked again."""

    UNSUPPORTED = "words that are not in the sources"
    NUMBER = "a number that is not in the sources"
    NAME = "a name that is not in the sources"
    CLAIM = "a stronger claim than the sources make"
    NEGATION = "the opposite of what the sources say"
    ALTERED = "something other than the sources say"
    SELF = "something about the writer"
    LEAK = "words of the instructions"
    LOOP = "the same words over and over"
    REPEAT = "something said before"
    CUT_OFF = "an unfinished sentence"
    EMPTY = "nothing that can be checked"
    DANGLING = "a sentence that points at one that was removed"


@dataclass(frozen=True, slots=True)
class Judged:
    """One sentence after the check: with its passages if it stands, with its fault if it does not.

    `instead` is what stands in its place, `why` the reason in a sentence, `ruling` who found what, for the reader.
    """

    text: str
    passages: tuple[int, ...] = ()
    fault: Fault | None = None
    instead: str = ""
    why: str = ""
    ruling: str = ""

    @property
    def written(self) -> str:
        """Return the words that stand in the text."""
        return self.instead or self.text


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for a text: what stands, what was taken out, and why the whole does not pass, if so."""

    blocks: list[Block]
    judged: list[Judged]
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.problems

    @property
    def dropped(self) -> list[Judged]:
        return [judged for judged in self.judged if judged.fault]

    @property
    def changes(self) -> list[Change]:
        """Return what was done to the draft: what was cut and what was rewritten, each with its reason."""
        return [
            Change(
                before=judged.text,
                after="" if judged.fault else judged.instead,
                why=judged.why or (f"It had {judged.fault.value}." if judged.fault else ""),
                judge=judged.ruling,
            )
            for judged in self.judged
            if judged.fault or judged.instead
        ]
