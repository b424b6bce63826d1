"""Pages that a reading should not miss, found by rule: who it is, what it offers, at what price, how to begin. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ingestion.choosing.weights import Candidate, spread, words_of

NEWEST_MOST = 20
DEEPEST = 4
_ROLES = (
    ("about", "about|about-us|aboutus|company|who-we-are|our-story|mission|ueber-uns|über-uns|uber-uns|a-propos|"
              "qui-sommes-nous|quienes-somos|sobre|sobre-nosotros|chi-siamo|over-ons|om-oss|o-nas|会社概要|关于我们"),
    ("pricing", "pricing|prices|price|plans|plans-pricing|preise|tarifs?|precios|prezzi|prijzen|料金|价格"),
    ("product", "products?|features?|services?|solutions?|platform|overview|how-it-works|produkte?|leistungen|"
                "produits?|productos?|servicios|prodotti|製品|产品"),
    ("contact", "contact|contact-us|contacts|kontakt|contacto|contatti|locations?|お問い合わせ|联系我们"),
    ("questions", "faqs?|help|support|questions|hilfe|aide|ayuda|よくある質問"),
    ("docs start", "getting-started|get-started|quickstart|quick-start|introduction|intro|tutorials?|installation|"
                   "install|docs?|documentation|guides?|manual|handbook|handbuch|erste-schritte|premiers-pas"),
    ("customers", "customers|case-studies|references|testimonials|success-stories|showcase|kunden|clients"),
)  # fmt: skip
_PATTERNS = tuple((role, re.compile(rf"^({words})$", re.I)) for role, words in _ROLES)


def must_haves(candidates: Sequence[Candidate], newest: Iterable[str], limit: int) -> list[str]:
    """Return the pages to read before all others, at most half of `limit`: one for each role, then the newest posts.

    Of several that fit a role the one with the shortest path is taken, then the one that most pages lead to.
    """
    chosen: dict[str, None] = {}
    likely = [candidate for candidate in candidates if 0 < len(words_of(candidate.url)) <= DEEPEST]
    for _, pattern in _PATTERNS:
        fitting = [candidate for candidate in likely if _fits(candidate, pattern)]
        if fitting:
            chosen[min(fitting, key=_nearest).url] = None
    known = {candidate.url for candidate in candidates}
    posts = [url for url in newest if url in known and url not in chosen]
    share = max(1, min(NEWEST_MOST, limit // 6))
    return [*chosen, *posts[:share]][: max(1, limit // 2)]


def _fits(candidate: Candidate, pattern: re.Pattern[str]) -> bool:
    words = words_of(candidate.url)
    if pattern.match(words[-1]):
        return True
    label = "-".join(candidate.label.lower().split())
    return bool(label) and len(words) <= 2 and bool(pattern.match(label))


def _nearest(candidate: Candidate) -> tuple[int, int, bytes]:
    return len(words_of(candidate.url)), -candidate.linked, spread(candidate.url)
