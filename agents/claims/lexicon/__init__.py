"""The words that change what a sentence claims, one file a language. Pure data.

Owns: negations, modal words, bounds, quantifiers, hedges, order and cause, opposites and other words that exclude each
other, function words. Named languages: English, German, French, Spanish, Japanese, Chinese; a text in another one is
judged by its numbers, names and code alone. What follows from the words is left to `agents.claims.rules`.
`agents.claims` alone may call it.
"""

from agents.claims.lexicon.chinese import CHINESE
from agents.claims.lexicon.english import ENGLISH
from agents.claims.lexicon.french import FRENCH
from agents.claims.lexicon.german import GERMAN
from agents.claims.lexicon.japanese import JAPANESE
from agents.claims.lexicon.lexicon import Lexicon
from agents.claims.lexicon.spanish import SPANISH

LEXICONS: dict[str, Lexicon] = {
    lexicon.language: lexicon for lexicon in (ENGLISH, GERMAN, FRENCH, SPANISH, JAPANESE, CHINESE)
}
UNKNOWN = Lexicon(language="", function_words="", marks={}, contrasts="")
"""What is known of a language that is not named: nothing."""

__all__ = ["LEXICONS", "UNKNOWN", "Lexicon"]
