"""What came of a page: the outcome that its signs agree on, and why, in words. Pure.

Each kind of wall has signs for it (the marks of its makers, its title, what it says, its forms) and against it (a text
of the page's own, paragraphs, a topic in the title). At least two must agree; a text of some length outweighs them,
since a wall says little besides itself: what is left of its text without its own phrases is held against it.
"""

from __future__ import annotations

from ingestion.outcomes import phrases
from ingestion.outcomes.evidence import Evidence, amount_of
from ingestion.outcomes.faults import error_page, parked, soft_404
from ingestion.outcomes.page import ENDS, HAS_FACT, LITTLE, Page, Verdict, listed, signs_of
from ingestion.outcomes.walls import BOT_WALL, bot_wall, consent_wall, login_wall, paywall

OK = "ok"
THIN = "thin"
JS_SHELL = "js_shell"
NOINDEX = "noindex"

__all__ = ["BOT_WALL", "OK", "Verdict", "verdict"]


def verdict(seen: Evidence, url: str = "", status: int = 200, asked: str = "") -> Verdict:
    """Return what a page is. `asked` is the address that led to `url`, where that was another one."""
    page = Page(seen, url, status, asked)
    for judge in (bot_wall, parked, error_page, soft_404, consent_wall, login_wall, paywall, _js_shell, _thin):
        if (found := judge(page)) is not None:
            return found
    if seen.noindex:
        return Verdict(NOINDEX, "asks not to be indexed (noindex), which we heed", ("a robots meta tag",))
    return Verdict(OK)


def _js_shell(page: Page) -> Verdict | None:
    seen = page.seen
    if seen.text_as_data or not seen.scripts:
        return None
    asks = bool(phrases.NEEDS_SCRIPT_TEXT.search(seen.said)) or seen.asks_for_script
    signs = signs_of(
        (seen.empty_root, "an empty place for an application"),
        (asks, "what it says"),
        (seen.amount < 12, "how little it says"),
        (seen.links < 3, "how little it leads to"),
    )
    rest = page.rest(phrases.NEEDS_SCRIPT_TEXT)
    if rest < 10 and seen.amount < LITTLE * 2 and (seen.empty_root or asks or seen.amount < 3) and len(signs) >= 2:
        return Verdict(JS_SHELL, f"shows nothing without JavaScript, which is not run: {listed(signs)}", signs)
    return None


def _thin(page: Page) -> Verdict | None:
    seen = page.seen
    amount = max(seen.main_amount, min(seen.amount, seen.main_amount + amount_of(seen.h1)))
    own = amount_of(" ".join(line for line in seen.main.splitlines() if not line.startswith("## ")))
    facts = bool(HAS_FACT.search(seen.main))
    empty = page.said(phrases.TOO_LITTLE) > 0 and page.rest(phrases.TOO_LITTLE) < 12 and amount < LITTLE and not facts
    told = facts or (own >= 4 and any(ENDS.search(line) for line in seen.main.splitlines()))
    if seen.main_amount < 3 or own < 3 or empty or (own < 8 and not told and seen.main_amount < 14):
        count = round(seen.main_amount)
        return Verdict(THIN, f"only {count} words" if count else "no text", ("how little it says",))
    return None
