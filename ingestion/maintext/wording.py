"""What a block's own words say: a price, a date, a call to act, a count of comments; and what a heading stands over.

By words alone, no patterns: a page has hundreds of blocks, and each is asked. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_WORDS = 60
SHORT = 6
LONGEST_HEADING = 8
_WORD = re.compile(r"[^\W_]+")
_MONEY = "$€£¥₹"


def set_of(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in text.splitlines() for phrase in line.split("|"))


_CALLS_OF_ONE = set_of(
    """subscribe register download login logout anmelden abonnieren registrieren weiterlesen connexion suscribirse
    acheter comprar buy shop order join donate weiter"""
)
_CALLS_OF_TWO = _phrases(
    """add to|buy now|buy it|shop now|shop all|shop the|sign up|sign in|log in|log out|learn more|read more
    read the|view all
    view more|view details|view product|see all|see more|see details|show more|show less|show all|load more
    get started|get in
    book now|book a|contact us|click here|click to|quick view|quick shop|choose options|select options
    continue reading
    request a|try for|try it|start free|start your|join now|find out|discover more|explore more|shop more
    check out|create an
    in den|jetzt kaufen|mehr erfahren|mehr lesen|mehr anzeigen|en savoir|lire la|voir plus|voir tout
    ajouter au|leer más
    ver más|añadir al|saber más|scopri di|aggiungi al|saiba mais|lees meer"""
)
_CONTROLS = set_of(
    """share tweet pin reply quote report like follow print email save copy permalink edit flag upvote downvote vote
    helpful top back prev previous next close menu search filter sort clear loading skip toggle expand
    collapse home cart
    wishlist compare reset apply cancel submit send delete translate teilen drucken suchen schließen zurück partager
    imprimer rechercher fermer compartir imprimir buscar cerrar"""
)
_AIDS = _phrases(
    """was this|is this|did this|edit this|edit page|on this|in this|table of|skip to|jump to|previous topic
    next topic|last updated
    last modified|send feedback|submit correction|report a|improve this|help improve|request changes
    powered by|all rights
    back to|go to|open menu|toggle menu|toggle navigation|open table|quick links|my account|contact us
    about us|add comment
    leave a|post a|share this|print this|follow us|connect with|related topics|hot network|view source
    random page|schedule a
    get a|you must|log in|diese seite|zum inhalt|war diese|auf dieser|nach oben|cette page|sur cette|en esta"""
)
"""How lines begin that help around a page and say nothing of its matter."""
_LEGAL = set_of(
    """privacy terms cookie cookies copyright imprint impressum datenschutz disclaimer disclosure affiliate trademark
    trademarks rights reserved agb confidentialité mentions privacidad gdpr ccpa"""
)
_JOINING = set_of(
    """newsletter newsletters inbox unsubscribe subscribe signup login password account register registered members
    membership logged captcha username konto passwort compte contraseña cuenta"""
)
_COUNTED = set_of(
    """comment comments reply replies view views like likes review reviews rating ratings vote votes result
    results item
    items product products post posts share shares follower followers member members messages topics points page pages
    read stars star kommentare bewertungen commentaires avis reseñas"""
)
_DATED = set_of(
    """jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august
    september october
    november december januar februar märz mai juni juli oktober dezember janvier février mars avril juin
    juillet août
    septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre
    noviembre
    diciembre ago yesterday today"""
)
_WRITERS = set_of("by von par por author authors posted written published updated autor auteur")

OVER: dict[str, frozenset[str]] = {
    "related": set_of(
        """related recommended recommendations recommends similar popular trending latest recent recently
    sponsored more
        also upcoming newest read viewed bought ähnliche verwandte beliebt neueste passend articles aussi similaires
        relacionados también"""
    ),
    "talk": set_of(
        """comment comments reply replies response responses discussion discuss leave kommentare kommentar
    commentaires
        commentaire comentarios"""
    ),
    "praise": set_of("review reviews rating ratings testimonials bewertungen avis reseñas"),
    "writer": set_of("author authors contributors autor auteur bio"),
    "joining": set_of(
        """newsletter subscribe follow share social connect stay join signup sign inbox touch updates folgen teilen
        abonnieren suivez síguenos"""
    ),
    "site": set_of(
        """navigation menu categories category tags archives archive links company support contact legal
    customer service
        services account help shop explore quick sitemap languages language search filter filters browse pages about
        resources cookie cookies privacy kategorien kontakt hilfe"""
    ),
    "matter": set_of(
        """description details specifications specs features overview ingredients instructions faq faqs frequently
        questions summary introduction conclusion how what why when benefits directions contents requirements example
        examples usage installation parameters returns beschreibung"""
    ),
}
"""By what a heading says, what stands under it."""

NAMES = (
    "money",
    "dated",
    "call",
    "control",
    "aid",
    "legal",
    "joining",
    "counted",
    "writer",
    "contact",
    "colon",
    "asks",
    "titled",
    "word_length",
    "said_share",
    "in_title",
    "of_title",
)


def words_of(text: str) -> list[str]:
    """Return the first words of a text, in lower case."""
    return _WORD.findall(text[: 12 * MOST_WORDS].lower())[:MOST_WORDS]


def numbers(text: str, words: Sequence[str], title: frozenset[str]) -> list[float]:
    """Return the numbers of a block, in the order of NAMES. `title` holds the words of the page's title."""
    count = len(words)
    short = count <= SHORT
    has_digit = any(map(str.isdigit, text[:200]))
    capitals = sum(1 for word in text[:200].split() if word[:1].isupper())
    in_title = sum(word in title for word in words)
    return [
        1.0 if has_digit and any(sign in text for sign in _MONEY) else 0.0,
        1.0 if (has_digit or count <= 2) and not _DATED.isdisjoint(words) and count <= 12 else 0.0,
        1.0 if short and _calls(words) else 0.0,
        1.0 if 0 < count <= 3 and words[0] in _CONTROLS else 0.0,
        1.0 if count <= 10 and _begin(words) in _AIDS else 0.0,
        1.0 if not _LEGAL.isdisjoint(words) else 0.0,
        1.0 if not _JOINING.isdisjoint(words) else 0.0,
        1.0 if has_digit and count <= 8 and not _COUNTED.isdisjoint(words) else 0.0,
        1.0 if 0 < count <= 10 and words[0] in _WRITERS else 0.0,
        1.0 if "@" in text or "://" in text else 0.0,
        1.0 if text.endswith((":", "：")) else 0.0,
        1.0 if text.endswith(("?", "？", "؟")) else 0.0,
        capitals / max(1, text.count(" ", 0, 200) + 1),
        min(len(text) / max(1, count), 20.0) / 10,
        sum(map(len, words)) / max(1, min(len(text), 12 * MOST_WORDS)),
        in_title / max(1, count),
        min(1.0, in_title / max(1, len(title))),
    ]


def _calls(words: Sequence[str]) -> bool:
    return bool(words) and ((len(words) <= 3 and words[0] in _CALLS_OF_ONE) or _begin(words) in _CALLS_OF_TWO)


def _begin(words: Sequence[str]) -> str:
    return " ".join(words[:2])


def over(words: Sequence[str]) -> int:
    """Return what a heading of these words stands over, as bits in the order of OVER."""
    if not 0 < len(words) <= LONGEST_HEADING:
        return 0
    return sum(1 << n for n, said in enumerate(OVER.values()) if not said.isdisjoint(words))
