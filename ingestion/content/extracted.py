"""What one page says, as the parsing process found it, and what kind of page that makes it. Pure."""

from __future__ import annotations

import re

from pydantic import BaseModel

_LOGIN_WORDS = re.compile(r"\b(log ?in|sign ?in|anmelden|connexion|iniciar sesión)\b", re.I)

_GONE_WORDS = re.compile(r"\b(404|not found|page (is )?missing|nicht gefunden|introuvable)\b", re.I)


class Link(BaseModel):
    """A link as it stands in the page, made absolute by whoever uses it."""

    href: str
    label: str = ""


class Extracted(BaseModel):
    """What one page says. `text` has one paragraph a line, headings marked “## ”.

    `injection` tells what in the page addresses a model, `cut` what a bound left out, in words.
    """

    title: str = ""
    description: str = ""
    site_name: str = ""
    language: str = ""
    text: str = ""
    words: int = 0
    links: list[Link] = []
    digest: str = ""
    password_field: bool = False
    needs_script: bool = False
    injection: list[str] = []
    cut: list[str] = []


def looks_like_login(page: Extracted, final_url: str) -> bool:
    """Return whether the page asks for a sign-in instead of saying something."""
    if page.password_field and page.words < 250:
        return True
    asks = _LOGIN_WORDS.search(page.title) or re.search(r"/(login|signin|sign-in|sso)\b", final_url, re.I)
    return bool(asks) and page.words < 120


def looks_gone(page: Extracted) -> bool:
    """Return whether the page says that there is no page, although the server says 200."""
    return page.words < 150 and bool(_GONE_WORDS.search(page.title))
