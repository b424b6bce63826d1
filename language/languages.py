"""Which language a text is in: by its script, else by the small words that each language cannot do without. Pure.

Enough to choose stems and stop words by; it knows the languages that have either. A text of one sentence is mostly told
right, a title often not: ask with the page's text where there is one.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from language.scripts import HAN, HANGUL, HIRAGANA, KATAKANA, KHMER, LAO, MYANMAR, THAI

_SCRIPTS = {
    language: re.compile(f"[{letters}]+")
    for language, letters in {
        "ja": HIRAGANA + KATAKANA, "ko": HANGUL, "th": THAI, "lo": LAO, "my": MYANMAR, "km": KHMER, "zh": HAN,
        "fa": "پچژگکی", "ar": "\u0620-\u064a", "hi": "\u0900-\u097f", "el": "\u0370-\u03ff", "he": "\u05d0-\u05ea",
        "hy": "\u0531-\u0587", "ta": "\u0b80-\u0bff",
    }.items()
}  # fmt: skip
_SHARES = {"ja": 0.07, "fa": 0.06}
_SHARE = 0.2
"""Of a text's letters: with that many in a script of one language, it is in that language."""
_WORD = re.compile(r"[^\W\d_]{2,}|(?<!\S)[^\W\d_](?!\S)")
"""A letter is a word only where it stands alone: `I:37` is no Italian."""
_READ = 3000
"""Characters of a text that are looked at: more changes nothing."""
_SMALL_WORDS = {
    "en": "the and of to is in that for it you with be are this can not or as on if from by how what do does will have",
    "de": "der die das und ist nicht ein eine zu den mit von im auf für sie wird werden sich auch dem wie kann ich",
    "fr": "le la les de des et est un une du pour dans que qui pas sur avec ce il vous être sont au par ou je comment",
    "es": "el la los las de y es un una del para que en con no se por su al como más si está este cómo qué lo puede",
    "it": "il lo la gli le e è un una di che per con non si del della nel sono come più da i al questo anche cosa",
    "pt": "o os as de e é um uma do da dos das para que em com não se por no na ao como mais você são este pelo está",
    "nl": "de het een en is van niet te dat op voor met zijn aan die er worden ook wordt bij deze als naar kan hoe je",
    "sv": "och att det är som en ett på för med inte av den till om kan du har från eller jag hur vid detta",
    "da": "og at det er som en et på for med ikke af den til om kan du har fra eller jeg hvordan ved dette skal",
    "no": "og at det er som en et på for med ikke av den til om kan du har fra eller jeg hvordan ved dette skal bruker",
    "fi": "ja on ei että se joka tai kun ovat voi myös mutta kuin ole sen jos tämä miten sekä hän olla voit",
    "pl": "i w nie na się z do jest to że jak o dla są przez od co lub może tak być po czy oraz ten",
    "cs": "a v se na je že s z do o to pro jako by si které jsou nebo však pokud jak být který ve při",
    "hu": "a az és hogy nem is egy van meg ez csak vagy kell ha mint be de el ki lehet azt hogyan",
    "ro": "și de la în nu cu pe un o care este pentru sau din să mai că sunt fi cum prin acest",
    "ca": "el la els les i és un una de que per amb no es del al com més si aquest són o en dels",
    "tr": "ve bir bu da de için ile ne olarak daha gibi çok en var değil olan mi nasıl veya kadar ise",
    "id": "yang dan di untuk dengan dari ini itu tidak pada adalah ke dalam atau dapat anda akan bisa oleh",
    "ru": "и в не на что с по как это для из или к от а при если можно он но же за то так",
    "uk": "і в не на що з як це для або до та від у є при якщо ви за але чи так",
    "bg": "и на не в за да от се е с по са като при или ако че този което може как",
    "sr": "и у не на да за се је са од као или који ако што из по ово може су како",
}
_SPOKEN = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}


@lru_cache(maxsize=512)
def language_of(text: str, default: str = "en") -> str:
    """Return the ISO 639-1 code of the language that most of the text is in; `default` where nothing tells.

    For Cyrillic and Latin it must be a language of the lists here, else it is the most similar of them.
    """
    text = text[:_READ].lower()
    found = _WORD.findall(text)
    letters = sum(map(len, found))
    for language, script in _SCRIPTS.items():
        share = sum(map(len, script.findall(text)))
        if share and share >= letters * _SHARES.get(language, _SHARE):
            return language
    spoken: Counter[str] = Counter()
    for word, times in Counter(found).items():
        for language, small in _SPOKEN.items():
            if word in small:
                # One word may be very frequent for its subject's sake: `die`, `a`, `on`.
                spoken[language] += min(times, 3 + len(found) // 30)
    best = max(spoken.values(), default=0)
    leading = [language for language in _SPOKEN if spoken[language] == best]
    return default if not best or default in leading else leading[0]
