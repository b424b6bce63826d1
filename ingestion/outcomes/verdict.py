"""What came of a page: the outcome that its signs agree on, and why, in words. Pure.

Each kind of wall has signs for it (the marks of its makers, its title, what it says, its forms) and against it (a text
of the page's own, paragraphs, a topic in the title). At least two must agree; a text of some length outweighs them,
since a wall says little besides itself: what is left of its text without its own phrases is held against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion.outcomes import marks, phrases
from ingestion.outcomes.evidence import Evidence, amount_of

OK = "ok"
THIN = "thin"
JS_SHELL = "js_shell"
LOGIN_WALL = "login_wall"
BOT_WALL = "bot_wall"
CONSENT_WALL = "consent_wall"
PAYWALL = "paywall"
SOFT_404 = "soft_404"
PARKED = "parked"
ERROR_PAGE = "error_page"
NOINDEX = "noindex"

_SENTENCES = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n")
_LOGIN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|signin|sso|auth|anmelden|connexion|accedi|entrar|accounts?/login|session/new)\b", re.I
)
_COOKIE_PATH = re.compile(r"cookie|privacy|datenschutz|confidentialite|privacidad|gdpr", re.I)
_HAS_FACT = re.compile(r"\d{3,}|[@€$£¥]|\d\s?(?:%|:\d\d)|https?://")
_ENDS = re.compile(r"[.!?。！？…][\"'”’»)]*$")
_PROGRAMS = frozenset({"PHP", "Python", "Django", "Java", "IIS", "Laravel", "Symfony"})
MUCH = 250.0
SOME = 60.0
LITTLE = 25.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome by its name, and its reason as a clause; `signs` say what it was judged by."""

    outcome: str
    reason: str = ""
    signs: tuple[str, ...] = ()


def verdict(seen: Evidence, url: str = "", status: int = 200, asked: str = "") -> Verdict:
    """Return what a page is. `asked` is the address that led to `url`, where that was another one."""
    page = _Page(seen, url, status, asked)
    for judge in (_bot_wall, _parked, _error_page, _soft_404, _consent_wall, _login_wall, _paywall, _js_shell, _thin):
        if (found := judge(page)) is not None:
            return found
    if seen.noindex:
        return Verdict(NOINDEX, "asks not to be indexed, which we heed", ("a robots meta tag",))
    return Verdict(OK)


class _Page:
    """The evidence with what several judgements need of it."""

    def __init__(self, seen: Evidence, url: str, status: int, asked: str) -> None:
        self.seen, self.url, self.status, self.asked = seen, url, status, asked
        self.titles = [each for each in (seen.title, seen.h1) if each]
        self.sentences = [
            each for part in _SENTENCES.split(seen.said) if (each := part.strip()) and each not in self.titles
        ]
        self.about = any(phrases.ABOUT_IT.search(each) for each in self.titles)

    def titled(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(each.strip()) for each in self.titles)

    def said(self, pattern: re.Pattern[str]) -> int:
        """Return how many sentences say so, each turn of phrase once."""
        return len({found.group().lower() for each in self.sentences if (found := pattern.search(each))})

    def rest(self, *patterns: re.Pattern[str]) -> float:
        """Return how much of the page's sentences says something else. Labels of links and buttons are not
        sentences."""
        return sum(
            amount_of(each)
            for each in self.sentences
            if not any(pattern.search(each) for pattern in patterns) and amount_of(each) >= 6
        )

    def marked(self, kind: str) -> list[str]:
        return self.seen.marks.get(kind, [])


def _bot_wall(page: _Page) -> Verdict | None:
    seen = page.seen
    challenge, guard = page.marked(marks.CHALLENGE), page.marked(marks.GUARD)
    titled, said = page.titled(phrases.BOT_TITLE), page.said(phrases.BOT_TEXT)
    signs = _signs(
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
        return Verdict(BOT_WALL, f"a check that keeps programs out, by {_and(signs)}", signs)
    return None


def _parked(page: _Page) -> Verdict | None:
    seen = page.seen
    parking, default = page.marked(marks.PARKING), page.marked(marks.DEFAULT)
    if default and seen.amount < MUCH and not page.about and seen.links < 15:
        first = f"the first page of {default[0]}"
        return Verdict(PARKED, f"{first}: no site has been put there", (first,))
    said, sure = page.said(phrases.PARKED_TEXT), page.said(phrases.PARKED_SURE) > 0 or page.titled(phrases.PARKED_SURE)
    signs = _signs(
        (bool(parking), f"the mark of {', '.join(parking)}"),
        (sure, "what it says of its domain"),
        (said > 1, "how much it says of it"),
        (said > 0 and not sure, "what it says"),
        (page.titled(phrases.PARKED_TEXT), "its title"),
    )
    if parking and seen.amount < 15 and seen.links < 4:
        return Verdict(
            PARKED, f"a parked domain, by the mark of {_and(tuple(parking))} and how little else it says", signs
        )
    rest = page.rest(phrases.PARKED_TEXT)
    against = page.about or rest > SOME or seen.main_amount > MUCH or seen.links > 60 or seen.password
    if not against and len(signs) >= 2 and (sure or parking):
        return Verdict(PARKED, f"a parked domain, by {_and(signs)}", signs)
    return None


def _error_page(page: _Page) -> Verdict | None:
    seen = page.seen
    server = page.marked(marks.SERVER)
    titled, said = page.titled(phrases.ERROR_TITLE), page.said(phrases.ERROR_TEXT)
    gone = page.titled(phrases.GONE_TITLE)
    signs = _signs(
        (bool(server), f"the mark of {', '.join(server)}"),
        (titled, "its title"),
        (said > 0, "what it says"),
        (said > 1, "how much it says of it"),
        (page.status >= 500, f"the status {page.status}"),
    )
    rest = page.rest(phrases.ERROR_TEXT, phrases.ERROR_TITLE)
    program = bool(_PROGRAMS & set(server))
    # What is let pass: a program tells much of its fault, but it names it in its title, or has no title of its own.
    most = (2 * SOME if program else SOME) if titled and server else LITTLE if titled else LITTLE * 0.4
    against = page.about or rest > most or ((seen.headings > 3 or seen.paragraphs > 2) and not program)
    if not against and not gone and len(signs) >= 2 and (titled or server) and not page.marked(marks.GONE):
        return Verdict(ERROR_PAGE, f"a page of error in place of the page, by {_and(signs)}", signs)
    return None


def _soft_404(page: _Page) -> Verdict | None:
    seen = page.seen
    server = [*page.marked(marks.GONE), *page.marked(marks.SERVER)]
    in_title, in_heading = (bool(phrases.GONE_TITLE.search(each.strip())) for each in (seen.title, seen.h1))
    said = page.said(phrases.GONE_TEXT)
    short = seen.main_amount < LITTLE * 2
    signs = _signs(
        (bool(server), f"the mark of {', '.join(server)}"),
        (in_title, "its title"),
        (in_heading, "its heading"),
        (said > 0, "what it says"),
        (said > 1, "how much it says of it"),
        (short and said > 0, "how little else it says"),
    )
    rest = page.rest(phrases.GONE_TEXT, phrases.GONE_TITLE)
    program = bool(_PROGRAMS & set(server))
    against = page.about or rest > (2 * SOME if program else SOME * 0.5) or (seen.paragraphs > 3 and not program)
    against |= seen.headings > 4
    named = (
        in_title or in_heading or bool(page.marked(marks.GONE)) or (said > 1 and seen.amount < SOME and seen.links < 15)
    )
    alone = bool(page.marked(marks.GONE)) and seen.amount < LITTLE
    if not against and named and (len(signs) >= 2 or alone) and (said > 0 or seen.amount < LITTLE or server):
        return Verdict(SOFT_404, f"says that there is nothing there, by {_and(signs)}", signs)
    return None


def _consent_wall(page: _Page) -> Verdict | None:
    seen = page.seen
    maker = page.marked(marks.CONSENT)
    said, cookie = page.said(phrases.CONSENT_TEXT), page.said(phrases.COOKIE_WORD) > 0
    signs = _signs(
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
        return Verdict(CONSENT_WALL, f"shows nothing but the question for consent, by {_and(signs)}", signs)
    return None


def _own_matter(page: _Page) -> bool:
    """Return whether the main text says something that is not about consent, short as it may be."""
    own = [
        line
        for line in page.seen.main.splitlines()
        if not line.startswith("## ") and not phrases.CONSENT_TEXT.search(line) and not phrases.COOKIE_WORD.search(line)
    ]
    sentence = any(_ENDS.search(line) and amount_of(line) >= 4 for line in own)
    return sentence or sum(map(amount_of, own)) >= 10 or any(_HAS_FACT.search(line) for line in own)


def _login_wall(page: _Page) -> Verdict | None:
    seen = page.seen
    titled, said = page.titled(phrases.LOGIN_TITLE), page.said(phrases.LOGIN_TEXT)
    path = bool(_LOGIN_PATH.search(page.url))
    sent = path and bool(page.asked) and not _LOGIN_PATH.search(page.asked)
    labelled = any(amount_of(each) <= 4 and phrases.LOGIN_TITLE.search(each) for each in page.sentences)
    form = seen.password or (seen.email and seen.fields <= 3 and said > 0)
    signs = _signs(
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
        return Verdict(LOGIN_WALL, f"a page to sign in on, by {_and(signs)}", signs)
    return None


def _paywall(page: _Page) -> Verdict | None:
    seen = page.seen
    maker, said = page.marked(marks.PAYWALL), page.said(phrases.PAYWALL_TEXT)
    own = [each for each in page.sentences if not phrases.PAYWALL_TEXT.search(each)]
    broken = any(each.rstrip().endswith(("…", "...", "[…]", "[...]")) for each in own)
    signs = _signs(
        (bool(maker), f"the mark of {', '.join(maker)}"),
        (seen.not_free, "its own word that it is not free"),
        (said > 0, "what it says"),
        (said > 1, "how much it says of it"),
        (broken and said > 0, "where its text breaks off"),
    )
    long = page.rest(phrases.PAYWALL_TEXT) > MUCH
    against = page.about or long or seen.headings > 5
    if not against and len(signs) >= 2 and said > 0 and (maker or seen.not_free or broken or said > 2):
        return Verdict(PAYWALL, f"shows the rest to subscribers only, by {_and(signs)}", signs)
    return None


def _js_shell(page: _Page) -> Verdict | None:
    seen = page.seen
    if seen.text_as_data or not seen.scripts:
        return None
    asks = bool(phrases.NEEDS_SCRIPT_TEXT.search(seen.said)) or seen.asks_for_script
    signs = _signs(
        (seen.empty_root, "an empty place for an application"),
        (asks, "what it says"),
        (seen.amount < 12, "how little it says"),
        (seen.links < 3, "how little it leads to"),
    )
    rest = page.rest(phrases.NEEDS_SCRIPT_TEXT)
    if rest < 10 and seen.amount < LITTLE * 2 and (seen.empty_root or asks or seen.amount < 3) and len(signs) >= 2:
        return Verdict(JS_SHELL, f"shows nothing without JavaScript, which is not run: {_and(signs)}", signs)
    return None


def _thin(page: _Page) -> Verdict | None:
    seen = page.seen
    amount = max(seen.main_amount, min(seen.amount, seen.main_amount + amount_of(seen.h1)))
    own = amount_of(" ".join(line for line in seen.main.splitlines() if not line.startswith("## ")))
    facts = bool(_HAS_FACT.search(seen.main))
    empty = page.said(phrases.TOO_LITTLE) > 0 and page.rest(phrases.TOO_LITTLE) < 12 and amount < LITTLE and not facts
    told = facts or (own >= 4 and any(_ENDS.search(line) for line in seen.main.splitlines()))
    if seen.main_amount < 3 or own < 3 or empty or (own < 8 and not told and seen.main_amount < 14):
        count = round(seen.main_amount)
        return Verdict(THIN, f"only {count} words" if count else "no text", ("how little it says",))
    return None


def _signs(*each: tuple[bool, str]) -> tuple[str, ...]:
    return tuple(words for holds, words in each if holds)


def _and(signs: tuple[str, ...]) -> str:
    return signs[0] if len(signs) == 1 else f"{', '.join(signs[:-1])} and {signs[-1]}"
