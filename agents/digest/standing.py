"""Which sentences can stand where the ones before them are missing, and which point at what is elsewhere. Pure.

Better one sentence too few than one that hangs in the air: there is more of a site than a digest can hold.
"""

from __future__ import annotations

import re

from agents.grounding.form import points_back
from agents.text.vocabulary import word_set
from agents.text.words import normal, words
from language.scripts import stretches
from language.sentences import is_complete, is_mostly_words

LEAST_WORDS, MOST_WORDS = 6, 60
_OPENERS = word_set(
    """
    this that these those it its they them their he she his her such another other others both either neither same
    one ones here there then so but and or nor yet still again also otherwise instead afterwards likewise similarly
    however therefore thus hence moreover furthermore consequently finally next second third lastly secondly thirdly
    fourth besides meanwhile additionally accordingly nonetheless nevertheless conversely alternatively worse better
    er sie es dies diese dieser dieses jene jener jenes damit dadurch dabei dazu daher deshalb deswegen darum außerdem
    zudem jedoch aber allerdings auch dann danach dort hier hierzu ferner solche sonst stattdessen trotzdem
    il elle ils elles ce cet cette ces celui celle ceux cela ceci donc ainsi puis ensuite mais cependant toutefois
    aussi alors enfin sinon pourtant
    él ella ellos ellas este esta estos estas ese esa esos esas esto eso aquel ello además así entonces luego pero sin
    tampoco también por ahora
    """
)
_FOREIGN_OPENERS = re.compile(
    r"^(?:[这那它他她该其此]|因此|所以|但是|但|然而|另外|此外|同时|而且|不过|于是|"
    r"この|その|あの|これ|それ|あれ|ここ|そこ|また|しかし|そして|ただし|なお|さらに|したがって|そのため|"
    r"그|이것|이는|그러나|그리고|또한|하지만|따라서)"
)
_HANGS = re.compile(
    r"\b(?:these|therefore|thus|hence|however|moreover|furthermore|consequently|likewise|the latter|the former|"
    r"the (?:two|three|four|same|other|others|rest)\b(?! of)|do(?:es|ing)? so|if so|if not|in that case|as such|"
    r"in this (?:case|way|respect)|in other words|for (?:example|instance)|e\.g\. if|of course|in fact|"
    r"similar reasons?|"
    r"this|"
    r"that (?:is|was) (?:why|how|because|what|the)|those (?!who\b|that\b|which\b|of\b|with\b|in\b)|"
    r"such (?!as\b|that\b)(?:an? )?\w|to (?:achieve|do|avoid|fix|solve|prevent) (?:this|that|it)\b|"
    r"(?:like|with|for|from|after|before|by|of|in|on|at|about) (?:this|that|these|those)[,.;]|"
    r"ersteres?|letzteres?|celui-ci|celle-ci|éste|ésta)\b",
    re.IGNORECASE,
)
_PRONOUN_EARLY = re.compile(
    r"^(?:[\w'-]+ ){0,3}(?:it|they|them|this|these|that one|those|he|she)\b(?! (?:is|was|may be|can be) "
    r"(?:possible|important|recommended|necessary|useful|best|easy|common|also possible|strongly|good|usually|a good))",
    re.IGNORECASE,
)
_ITS_SUBJECT = re.compile(
    r"^This (?:command|program|tool|utility|library|module|package|function|service|feature|plugin|extension)\b|"
    r"^(?:Dieser Befehl|Dieses Programm|Dieses Werkzeug|Dieses Paket|Cette commande|Ce programme|Cet outil|Ce paquet|"
    r"Esta orden|Este programa|Esta herramienta|Este paquete)\b"
)
_BACK_AGAIN = re.compile(r"\b(?:this|these|those)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\b(?:above|below|previous(?:ly)?|aforementioned|earlier (?:section|example|in)|later (?:section|chapter|in|on)|"
    r"(?:next|last|preceding|former|following) (?:sections?|chapters?|paragraphs?|examples?|subsections?|page)|"
    r"as (?:described|discussed|mentioned|noted|shown|explained|we saw|you saw|seen|said)|"
    r"(?:this|the present|our) (?:chapter|section|subsection|document|manual|article|page|guide|faq|tutorial|appendix|"
    r"paragraph|list|table|figure|example|book|reference|text|post)|in (?:figure|table|listing|example|section|chapter)"
    r" ?\d|(?:figure|table|listing|appendix|chapter|section) [\dA-Z]\b|footnotes?|screenshots?|diagram|"
    r"\(?see (?:also )?(?:the )?(?:section|chapter|[\w.-]+\(\d\w?\)|“|\"|https?:)|"
    r"(?:here|there) (?:is|are) (?:an?|the|some)|"
    r"as follows|the following|siehe|vgl\.|oben|unten|nachfolgend\w*|folgende\w*|ci-dess(?:us|ous)|voir|suivante?s?|"
    r"véase|arriba|abajo|siguientes?|anterior(?:es)?)\b|上述|(?:^|[^\w]|[ぁ-ん如照阅閱用看在对對与與按为為是])以下|下面|前述|後述|次の|下記|上記|如下",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"^(?:see|refer to|consult|for (?:more|further) (?:information|details|explanations?))\b|\((?:see|cf\.) |"
    r"(?-i:(?:described|explained|discussed) in [A-Z])|please see |"
    r"\\?\[\d{1,3}\\?\]|\s\|\s",
    re.IGNORECASE,
)
"""Pointers to other places, footnote marks, and cells of a table."""
_OWN_VOICE = re.compile(
    r"(?<![\w/.-])(?:I|I'm|I'd|I've|I'll|my|mine|me|let's|TODO|FIXME|XXX)(?![\w/-])|"
    r"^We (?:show|describe|explain|discuss|present|then|also|have seen|saw)\b|"
    r"^(?:Voici|Voyons|Nous (?:décrirons|verrons|allons|présentons)|Veamos|Aquí (?:veremos|describimos)|"
    r"(?:Hier|Im Folgenden) (?:zeigen|beschreiben|finden)|让我们|我们(?:来|将)|在这里，我们|ここでは)"
)
_CHROME = re.compile(
    r"cookie|copyright|©|all rights reserved|click here|subscribe|sign (?:in|up)\b|log ?in to|javascript|"
    r"table of contents|"
    r"^(?:next|previous|home|search|menu|skip to|return to)\b|edit this page|last (?:updated|modified|change)|"
    r"page was (?:built|generated)|newsletter",
    re.IGNORECASE,
)
_WITHOUT_SUBJECT = re.compile(
    r"^(?:determines|specifies|sets|controls|defines|tells|enables|disables|allows|shows|prints|lists|returns|makes|"
    r"indicates|contains|gives|causes|requires|uses|whether)\b|"
    r"^(?:called|used|invoked|run|set|given|needed) (?:if|when|during|by|for|to|with|before|after)\b|"
    r"^in (?:any|either|both|such) cases?\b|^for the same\b",
    re.IGNORECASE,
)
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"), ("「", "」"), ("（", "）"))


def is_sound(sentence: str) -> bool:
    """Return whether this is a whole sentence of prose that points at nothing elsewhere on its site."""
    if _ELSEWHERE.search(sentence) or _POINTER.search(sentence) or _OWN_VOICE.search(sentence):
        return False
    return is_whole(sentence)


def is_whole(sentence: str) -> bool:
    """Return whether this is a whole sentence: it begins and ends as one, its brackets close, it is mostly letters."""
    found = words(sentence)
    unspaced = any(apart for _, _, apart in stretches(sentence))
    if not unspaced and not LEAST_WORDS <= len(found) <= MOST_WORDS:
        return False
    if (
        not is_mostly_words(sentence, 0.78)
        or sentence[0].islower()
        or sentence[0] in "[(*†$#>"
        or _CHROME.search(sentence)
    ):
        return False
    if sentence.count('"') % 2 or sentence.count("`") % 2:
        return False
    return is_complete(sentence) and all(sentence.count(left) == sentence.count(right) for left, right in _PAIRS)


def stands_alone(sentence: str) -> bool:
    """Return whether a reader who sees nothing before this sentence understands what it speaks of."""
    opening = normal(sentence).split(" ", 1)[0]
    if points_back(sentence) or opening in _OPENERS or _FOREIGN_OPENERS.match(sentence):
        return False
    return not _HANGS.search(sentence) and not _WITHOUT_SUBJECT.match(sentence) and not _PRONOUN_EARLY.match(sentence)


def speaks_of_its_page(sentence: str) -> bool:
    """Return whether a sentence points at what its page is about, and at nothing else: “This command uses …”.

    It is understood where the page's name stands above it, at the opening of what the page says.
    """
    rest = _ITS_SUBJECT.sub("It", sentence, count=1)
    return rest != sentence and not _HANGS.search(rest) and not _BACK_AGAIN.search(rest[2:])


def points_on(lead_in: str) -> bool:
    """Return whether a sentence announces what comes right after it."""
    return lead_in.rstrip().endswith((":", "："))


def points_elsewhere(text: str) -> bool:
    """Return whether the text points at another place of its page or site."""
    return bool(_ELSEWHERE.search(text) or _POINTER.search(text))


def has_footnote(text: str) -> bool:
    """Return whether the text has the mark of a footnote, or another pointer that leads nowhere here."""
    return bool(_POINTER.search(text))
