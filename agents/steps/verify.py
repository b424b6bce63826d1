"""A draft verified claim by claim: rules, quotes, the model as a judge, then the mending of what does not stand."""

from __future__ import annotations

from collections.abc import Sequence

from agents import grounding
from agents.claims import Decision, Judge, Quotes, Ruling, kinds_of, refusal_by_rules, stands_in
from agents.grounding import Fault, Judged
from agents.post.article import Sentence
from agents.sources.evidence import Evidence
from agents.steps.judge import Asked, Batch, judge_claims, mend_sentences
from agents.writing.judging import BATCH
from language.sentences import one_line

QUOTES = 3
_FAULTS = {
    Ruling.CONTRADICTED: Fault.ALTERED,
    Ruling.PARTLY: Fault.UNSUPPORTED,
    Ruling.NOT_SUPPORTED: Fault.UNSUPPORTED,
    Ruling.NO_QUOTE: Fault.UNSUPPORTED,
    Ruling.OPEN: Fault.UNSUPPORTED,
}
_NEED_A_QUOTE = frozenset({"number", "date", "name"})
_WHY = {
    Ruling.PARTLY: "The sources say only part of it",
    Ruling.NOT_SUPPORTED: "The sources do not say it",
    Ruling.CONTRADICTED: "The sources say otherwise",
    Ruling.NO_QUOTE: "No source speaks of it",
    Ruling.OPEN: "It could not be checked",
}


class Verified:
    """The decisions about the sentences of one draft; `judged` looks one up as the check of the text needs it.

    `known` are sentences that stood in an earlier text from the same evidence: nobody judges them again.
    """

    def __init__(self, evidence: Sequence[Evidence], model: str, known: Sequence[Sentence] = ()) -> None:
        self._evidence = evidence
        self._texts = {item.passage_id: item.text for item in evidence}
        self._lines = {item.passage_id: one_line(item.text) for item in evidence}
        self._quotes = Quotes(evidence)
        self._stems = self._quotes.stems
        self._model = model
        self._cited: dict[str, tuple[int, ...]] = {}
        self.decisions = {sentence.text: _decided(sentence) for sentence in known}

    async def verify(self, sentences: Sequence[tuple[str, Sequence[int]]]) -> None:
        """Decide about each sentence, given the passages that its writer cited; mend what does not stand, once."""
        fresh = {text: tuple(cited) for text, cited in sentences if text not in self.decisions}
        await self._decide(fresh)
        failed = [self.decisions[text] for text in fresh if not self.decisions[text].stands]
        mended = await self._mend(failed, fresh)
        await self._decide({text: () for text in mended.values() if text not in self.decisions})
        for before, after in mended.items():
            found = self.decisions[after]
            if found.stands:
                old = self.decisions[before]
                kept = {"ruling": found.ruling, "passages": found.passages, "instead": after, "judge": found.judge}
                self.decisions[before] = old.model_copy(update=kept)

    def judged(self, sentence: str, cited: Sequence[int]) -> Judged:
        """Return the sentence with what was decided about it."""
        del cited
        decision = self.decisions.get(sentence)
        if decision is None:
            return Judged(sentence, fault=Fault.UNSUPPORTED, why="It could not be checked.")
        label = f"{decision.ruling.value} ({decision.judge.value})"
        if not decision.stands:
            return Judged(sentence, fault=_FAULTS[decision.ruling], why=decision.why, ruling=label)
        return Judged(sentence, tuple(decision.passages), instead=decision.instead, why=decision.why, ruling=label)

    async def _decide(self, sentences: dict[str, tuple[int, ...]]) -> None:
        """Judge sentences by rules and quotes, and those that are left open by the model."""
        asked: list[Asked] = []
        self._cited |= sentences
        for text, cited in sentences.items():
            decision, claim = self._without_model(text, cited)
            self.decisions[text] = decision
            if claim is not None:
                asked.append(claim)
        await self._ask(asked)

    def _without_model(self, text: str, cited: Sequence[int]) -> tuple[Decision, Asked | None]:
        """Return what rules and search say; a claim for the model where they leave it open."""
        kinds = sorted(kinds_of(text, self._stems))
        own = [number for number, line in self._lines.items() if one_line(text) in line]
        if own:
            return Decision(
                sentence=text, ruling=Ruling.SUPPORTED, judge=Judge.WORDS, kinds=kinds, passages=own[:1]
            ), None
        if not kinds:
            return Decision(sentence=text, ruling=Ruling.NO_CLAIM, judge=Judge.RULES), None
        quotes = self._quotes.best(text, QUOTES, cited)
        if not quotes and (cited or not _NEED_A_QUOTE & set(kinds)):
            # Prose may share no word with its source, and a transition need not: the model reads what comes closest.
            quotes = self._quotes.best(text, QUOTES, cited, least=0.0)
        passages = [quote.passage_id for quote in quotes]
        open_decision = Decision(sentence=text, ruling=Ruling.OPEN, judge=Judge.MODEL, kinds=kinds, passages=passages)
        if not quotes:
            found = {"ruling": Ruling.NO_QUOTE, "judge": Judge.SEARCH, "why": f"{_WHY[Ruling.NO_QUOTE]}."}
            return open_decision.model_copy(update=found), None
        if refusal := refusal_by_rules(text, [self._texts[number] for number in passages]):
            found = {"ruling": Ruling.CONTRADICTED, "judge": Judge.RULES, "why": refusal.reason}
            return open_decision.model_copy(update=found), None
        return open_decision, Asked(claim=text, quotes=[(quote.passage_id, quote.text) for quote in quotes])

    async def _ask(self, asked: Sequence[Asked]) -> None:
        """Take the model's verdicts; where it left claims out, ask once more, and then judge by words."""
        left = list(asked)
        for attempt in (1, 2):
            missing: list[Asked] = []
            for start in range(0, len(left), BATCH):
                batch = left[start : start + BATCH]
                found = await judge_claims(Batch(claims=batch, model=self._model, attempt=attempt))
                rulings = {verdict.n: verdict for verdict in found.verdicts}
                for n, claim in enumerate(batch, start=1):
                    verdict = rulings.get(n)
                    if verdict is None or verdict.ruling is None:
                        missing.append(claim)
                    else:
                        self._rule(claim, verdict.ruling, verdict.words)
            left = missing
            if not left:
                return
        for claim in left:
            self._by_words(claim)

    def _rule(self, asked: Asked, ruling: Ruling, words: str) -> None:
        decision = self.decisions[asked.claim]
        if ruling is Ruling.NO_CLAIM and _NEED_A_QUOTE & set(decision.kinds):
            ruling = Ruling.NOT_SUPPORTED
        # A judge may quote its instructions: words count where they stand in what it was to judge.
        texts = [asked.claim, *(text for _, text in asked.quotes)]
        said = one_line(words) if any(stands_in(words, text) for text in texts) else ""
        why = f"{_WHY[ruling]}{f': “{said}”' if said else ''}." if ruling in _WHY else ""
        passages = [] if ruling is Ruling.NO_CLAIM else self._bearing(asked, said)
        update = {"ruling": ruling, "judge": Judge.MODEL, "why": why, "passages": passages}
        self.decisions[asked.claim] = decision.model_copy(update=update)

    def _bearing(self, asked: Asked, words: str) -> list[int]:
        return self._quotes.bearing(asked.claim, asked.listed, words, self._cited.get(asked.claim, ()))

    def _by_words(self, claim: Asked) -> None:
        """Decide as for a model that cannot judge: what is close to its sources' words stands."""
        judged = grounding.supports(claim.claim, self._evidence)
        stands = judged.fault is None
        update = {
            "ruling": Ruling.SUPPORTED if stands else Ruling.OPEN,
            "judge": Judge.WORDS,
            "why": "" if stands else f"It had {judged.fault.value if judged.fault else ''}.",
            "passages": list(judged.passages),
        }
        self.decisions[claim.claim] = self.decisions[claim.claim].model_copy(update=update)

    async def _mend(self, failed: Sequence[Decision], cited: dict[str, tuple[int, ...]]) -> dict[str, str]:
        """Return what the model wrote in the place of sentences that do not stand."""
        mended: dict[str, str] = {}
        for start in range(0, len(failed), BATCH):
            batch = failed[start : start + BATCH]
            claims = [self._to_mend(decision, cited.get(decision.sentence, ())) for decision in batch]
            found = await mend_sentences(Batch(claims=claims, model=self._model))
            for repair in found.sentences:
                text = one_line(repair.text)
                if 0 < repair.n <= len(batch) and text and text != batch[repair.n - 1].sentence:
                    mended[batch[repair.n - 1].sentence] = text
        return mended

    def _to_mend(self, decision: Decision, cited: Sequence[int]) -> Asked:
        quotes = self._quotes.best(decision.sentence, QUOTES, cited)
        listed = [(quote.passage_id, quote.text) for quote in quotes]
        return Asked(claim=decision.sentence, quotes=listed, fault=decision.why)


def _decided(sentence: Sentence) -> Decision:
    """Return what was decided about a sentence that stands."""
    ruling = Ruling.SUPPORTED if sentence.passages else Ruling.NO_CLAIM
    judge = sentence.ruling.partition(" (")[2].rstrip(")")
    by = Judge(judge) if judge in set(Judge) else Judge.WORDS
    return Decision(sentence=sentence.text, ruling=ruling, judge=by, passages=sentence.passages)
