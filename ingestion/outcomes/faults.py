"""Pages that are none since something is not there: parked domains, errors, soft 404s. Pure."""

from __future__ import annotations

from ingestion.outcomes import marks, phrases
from ingestion.outcomes.page import LITTLE, MUCH, SOME, Page, Verdict, listed, signs_of

PARKED = "parked"
ERROR_PAGE = "error_page"
SOFT_404 = "soft_404"
_PROGRAMS = frozenset({"PHP", "Python", "Django", "Java", "IIS", "Laravel", "Symfony"})


def parked(page: Page) -> Verdict | None:
    """Return whether it is a parked domain, or a server without a site."""
    seen = page.seen
    parking, default = page.marked(marks.PARKING), page.marked(marks.DEFAULT)
    if default and seen.amount < MUCH and not page.about and seen.links < 15:
        first = f"the first page of {default[0]}"
        return Verdict(PARKED, f"{first}: no site has been put there", (first,))
    said, sure = page.said(phrases.PARKED_TEXT), page.said(phrases.PARKED_SURE) > 0 or page.titled(phrases.PARKED_SURE)
    signs = signs_of(
        (bool(parking), f"the mark of {', '.join(parking)}"),
        (sure, "what it says of its domain"),
        (said > 1, "how much it says of it"),
        (said > 0 and not sure, "what it says"),
        (page.titled(phrases.PARKED_TEXT), "its title"),
    )
    if parking and seen.amount < 15 and seen.links < 4:
        return Verdict(
            PARKED, f"a parked domain, by the mark of {listed(tuple(parking))} and how little else it says", signs
        )
    rest = page.rest(phrases.PARKED_TEXT)
    against = page.about or rest > SOME or seen.main_amount > MUCH or seen.links > 60 or seen.password
    if not against and len(signs) >= 2 and (sure or parking):
        return Verdict(PARKED, f"a parked domain, by {listed(signs)}", signs)
    return None


def error_page(page: Page) -> Verdict | None:
    """Return whether an error stands in place of the page."""
    seen = page.seen
    server = page.marked(marks.SERVER)
    titled, said = page.titled(phrases.ERROR_TITLE), page.said(phrases.ERROR_TEXT)
    gone = page.titled(phrases.GONE_TITLE)
    signs = signs_of(
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
        return Verdict(ERROR_PAGE, f"a page of error in place of the page, by {listed(signs)}", signs)
    return None


def soft_404(page: Page) -> Verdict | None:
    """Return whether it says that there is nothing there."""
    seen = page.seen
    server = [*page.marked(marks.GONE), *page.marked(marks.SERVER)]
    in_title, in_heading = (bool(phrases.GONE_TITLE.search(each.strip())) for each in (seen.title, seen.h1))
    said = page.said(phrases.GONE_TEXT)
    short = seen.main_amount < LITTLE * 2
    signs = signs_of(
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
        return Verdict(SOFT_404, f"says that there is nothing there, by {listed(signs)}", signs)
    return None
