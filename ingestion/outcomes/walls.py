"""Pages that stand before others: checks for programs, questions for consent, forms to sign in, paywalls. Pure."""

from __future__ import annotations

import re

from ingestion.outcomes import marks, phrases
from ingestion.outcomes.evidence import amount_of
from ingestion.outcomes.page import ENDS, HAS_FACT, LITTLE, MUCH, SOME, Page, Verdict, listed, signs_of

BOT_WALL = "bot_wall"
CONSENT_WALL = "consent_wall"
LOGIN_WALL = "login_wall"
PAYWALL = "paywall"
_LOGIN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|signin|sso|auth|anmelden|connexion|accedi|entrar|accounts?/login|session/new)\b", re.I
)
_COOKIE_PATH = re.compile(r"cookie|privacy|datenschutz|confidentialite|privacidad|gdpr", re.I)


def bot_wall(page: Page) -> Verdict | None:
    """Return whether it keeps programs out."""
    seen = page.seen
    challenge, guard = page.marked(marks.CHALLENGE), page.marked(marks.GUARD)
    titled, said = page.titled(phrases.BOT_TITLE), page.said(phrases.BOT_TEXT)
    signs = signs_of(
        (bool(challenge), f"the mark of {', '.join(challenge)}"),
        (bool(guard), f"{', '.join(guard)}"),
        (titled, "its title"),
        (said > 0, "what it says"),
        (said > 2, "how much it says of it"),
        (page.status in (403, 405, 429, 503), f"the status {page.status}"),
    )
    rest = page.rest(phrases.BOT_TEXT)
    against = page.about or rest > SOME or seen.links > 25 or (seen.paragraphs > 3 and not challenge)
    empty = bool(challenge) and seen.amount < 15 and seen.links < 3
    if not against and (len(signs) >= 2 or empty) and (titled or challenge or said > 1 or (guard and said)):
        if guard and not challenge and not titled and seen.fields > 1:
            return None  # a form with a captcha
        return Verdict(BOT_WALL, f"a check that keeps programs out, by {listed(signs)}", signs)
    return None


def consent_wall(page: Page) -> Verdict | None:
    """Return whether it shows nothing but the question for consent."""
    seen = page.seen
    maker = page.marked(marks.CONSENT)
    said, cookie = page.said(phrases.CONSENT_TEXT), page.said(phrases.COOKIE_WORD) > 0
    signs = signs_of(
        (bool(maker), f"the mark of {', '.join(maker)}"),
        (said > 1 and cookie, "what it says"),
        (said > 3, "how much it says of it"),
        (seen.links < 8, "how little it leads to"),
    )
    rest = page.rest(phrases.CONSENT_TEXT, phrases.COOKIE_WORD)
    policy = page.about or (_COOKIE_PATH.search(page.url) and seen.headings > 1) or seen.headings > 3
    consent = seen.amount - rest
    if policy or rest > LITTLE * 0.6 or seen.links > 25 or consent < LITTLE * 0.6 or said < 2 or not cookie:
        return None
    if len(signs) >= 3 and not _own_matter(page):
        return Verdict(CONSENT_WALL, f"shows nothing but the question for consent, by {listed(signs)}", signs)
    return None


def _own_matter(page: Page) -> bool:
    """Return whether the main text says something that is not about consent, short as it may be."""
    own = [
        line
        for line in page.seen.main.splitlines()
        if not line.startswith("## ") and not phrases.CONSENT_TEXT.search(line) and not phrases.COOKIE_WORD.search(line)
    ]
    sentence = any(ENDS.search(line) and amount_of(line) >= 4 for line in own)
    return sentence or sum(map(amount_of, own)) >= 10 or any(HAS_FACT.search(line) for line in own)


def login_wall(page: Page) -> Verdict | None:
    """Return whether it is a page to sign in on."""
    seen = page.seen
    titled, said = page.titled(phrases.LOGIN_TITLE), page.said(phrases.LOGIN_TEXT)
    path = bool(_LOGIN_PATH.search(page.url))
    sent = path and bool(page.asked) and not _LOGIN_PATH.search(page.asked)
    labelled = any(
        named and amount_of(each) <= 4
        for each, named in zip(page.sentences, page.says(phrases.LOGIN_TITLE), strict=True)
    )
    form = seen.password or (seen.email and seen.fields <= 3 and said > 0)
    signs = signs_of(
        (seen.password, "a field for a password"),
        (form and not seen.password, "a field for an account"),
        (titled, "its title"),
        (path, "its address"),
        (sent, "where it led to"),
        (labelled, "a button to sign in"),
        (said > 0, "what it says"),
        (said > 1, "how much it says of it"),
        (page.status in (401, 407), f"the status {page.status}"),
    )
    rest = page.rest(phrases.LOGIN_TEXT, phrases.LOGIN_TITLE)
    most = SOME * 0.75 if titled or path else LITTLE * 0.4
    against = page.about or rest > most or seen.paragraphs > 2 or seen.headings > 4
    enough = 2 if seen.password and seen.amount < LITTLE else 3
    if not against and len(signs) >= enough and (form or titled) and (titled or path or seen.main_amount < SOME):
        return Verdict(LOGIN_WALL, f"a page to sign in on, by {listed(signs)}", signs)
    return None


def paywall(page: Page) -> Verdict | None:
    """Return whether its rest is for subscribers."""
    seen = page.seen
    maker, said = page.marked(marks.PAYWALL), page.said(phrases.PAYWALL_TEXT)
    asks = page.says(phrases.PAYWALL_TEXT)
    own = [each for each, asked in zip(page.sentences, asks, strict=True) if not asked]
    broken = any(each.rstrip().endswith(("…", "...", "[…]", "[...]")) for each in own)
    signs = signs_of(
        (bool(maker), f"the mark of {', '.join(maker)}"),
        (seen.not_free, "its own word that it is not free"),
        (said > 0, "what it says"),
        (said > 1, "how much it says of it"),
        (broken and said > 0, "where its text breaks off"),
    )
    long = page.rest(phrases.PAYWALL_TEXT) > MUCH
    against = page.about or long or seen.headings > 5
    if not against and len(signs) >= 2 and said > 0 and (maker or seen.not_free or broken or said > 2):
        return Verdict(PAYWALL, f"shows the rest to subscribers only, by {listed(signs)}", signs)
    return None
