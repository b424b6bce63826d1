"""Words cut to stems, so that a text can be compared with its source. Pure, English.

Two on purpose: each product's bounds were set with its own, and a third of all words come out differently. Crude stems
do no harm as long as both sides of a comparison are cut alike, so never compare one kind with the other.
"""

_IRREGULAR = {
    "used": "use", "using": "use", "uses": "use", "written": "write", "wrote": "write", "ran": "run",
    "made": "make", "built": "build", "sent": "send", "gave": "give", "given": "give", "took": "take",
    "taken": "take", "knew": "know", "known": "know", "shown": "show", "found": "find", "kept": "keep",
    "held": "hold", "chose": "choos", "chosen": "choos", "broke": "break", "broken": "break",
    "began": "begin", "begun": "begin", "children": "child",
    "saw": "see", "seen": "see", "said": "say", "told": "tell",
    "thought": "think", "came": "come", "went": "go", "gone": "go", "left": "leave", "lost": "lose",
    "meant": "mean", "sold": "sell", "bought": "buy", "grew": "grow", "grown": "grow", "people": "person",
    "men": "man", "women": "woman", "indices": "index", "indexes": "index", "data": "data",
}  # fmt: skip
_SUFFIXES = (
    "ization", "isation", "ational", "ingly", "ation", "ition", "ator", "ment", "ness", "able", "ible",
    "ally",
    "ing", "ion", "ive", "ity", "ful", "ize", "ise", "ed", "er", "or", "ly", "al",
)  # fmt: skip


def family_stem(word: str) -> str:
    """Return what the words of one family share: `installation`, `installed` and `install` are one, `ran` is `run`.

    For posts, whose writer may turn a verb of the source into a noun.
    """
    word = word.lower().removesuffix("'s").strip("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.isalpha() or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in _SUFFIXES:
        least = 3 if len(suffix) <= 3 else 4
        if word.endswith(suffix) and len(word) - len(suffix) >= least:
            word = word[: -len(suffix)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiousl":
        word = word[:-1]
    if len(word) > 3 and word[-1] in "eyi":
        word = word[:-1]
    return word


def form_stem(word: str) -> str:
    """Return what the forms of one word share, roughly; endings that make another word mostly stay.

    For summaries and topics, which are to keep to the words of their page.
    """
    word = word.lower()
    for ending in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
