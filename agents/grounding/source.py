"""Passages made ready for comparison, and what of them stands close to a sentence. Pure."""

from collections.abc import Sequence

from agents.sources.evidence import Evidence
from agents.text.words import content_stems, words
from language.sentences import one_line, sentences

_WINDOW = 3


class Source:
    """One passage made ready for comparison."""

    def __init__(self, evidence: Evidence) -> None:
        self.id = evidence.passage_id
        self.text = evidence.text
        self.one_line = one_line(evidence.text)
        self.labels = f"{evidence.page_title} · {evidence.heading}"
        self.label_stems = set(content_stems(self.labels))
        self.sentences = sentences(evidence.text)
        self.sentence_stems = [set(content_stems(sentence)) for sentence in self.sentences]
        self.stems = self.label_stems.union(*self.sentence_stems)
        self.words = {word.lower() for word in words(f"{self.labels} {evidence.text}")}

    def window(self, stems: set[str]) -> list[int]:
        """Return the places of up to three neighbouring sentences that hold most of the stems."""
        places = list(range(len(self.sentences)))
        starts = range(max(1, len(places) - _WINDOW + 1))
        windows = [places[start : start + _WINDOW] for start in starts]
        return max(windows, key=lambda window: len(stems & self.window_stems(window)))

    def window_stems(self, window: Sequence[int]) -> set[str]:
        return set().union(*(self.sentence_stems[place] for place in window)) | self.label_stems


class Held:
    """What the passages that a sentence cites hold, and what of it stands near: where they come closest to it."""

    def __init__(self, stems: set[str], cited: Sequence[Source]) -> None:
        windows = [(source, source.window(stems)) for source in cited]
        self.cited = cited
        self.labels = " ".join(source.labels for source in cited)
        self.stems = set().union(*(source.stems for source in cited))
        self.words = set().union(*(source.words for source in cited))
        self.near_sentences = [source.sentences[place] for source, window in windows for place in window]
        self.near_text = " ".join(self.near_sentences)
        self.near_stems = set().union(*(source.window_stems(window) for source, window in windows))
        self.near_words = {word.lower() for word in words(f"{self.near_text} {self.labels}")}
