"""Frames that the fixtures of `benchmarks.walls` are set into: bare pages as walls are, and pages of a site."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fixture:
    """A page with its outcome; an innocent one is “ok”, and `kind` says what it looks like."""

    kind: str
    outcome: str
    html: str
    url: str
    status: int = 200


def script(code: str) -> str:
    """Return a script element."""
    return f"<script>{code}</script>"


def button(label: str) -> str:
    """Return a button."""
    return f"<button type='button'>{label}</button>"


def form(*fields: str) -> str:
    """Return a form with these fields."""
    kinds = {"password": "password", "email": "email"}
    inputs = "".join(f"<label>{each}</label><input type='{kinds.get(each, 'text')}' name='{each}'>" for each in fields)
    return f"<form method='post'>{inputs}<button>OK</button></form>"


_NAV = "<nav><ul>" + "".join(f"<li><a href='/{each.lower()}'>{each}</a></li>" for each in ("Home", "Boats", "Prices", "News", "Contact")) + "</ul></nav>"  # fmt: skip
_FOOT = "<footer><p>© 2026 Acme</p><a href='/imprint'>Imprint</a> <a href='/privacy'>Privacy</a></footer>"


def _page(title: str, body: str, head: str, lang: str) -> str:
    return f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'><title>{title}</title>{head}</head><body>{body}</body></html>"


def wall(
    kind: str, title: str, body: str, *, head: str = "", lang: str = "en", url: str = "/page", chrome: bool = False,
    status: int = 200,
) -> Fixture:  # fmt: skip
    """Return a page that is none. With `chrome` it stands in its site's frame."""
    inner = f"<header><a href='/'>Acme</a>{_NAV}</header><main>{body}</main>{_FOOT}" if chrome else body
    return Fixture(kind, kind, _page(title, inner, head, lang), f"https://acme.example{url}", status)


def innocent(
    kind: str, title: str, body: str, *, head: str = "", lang: str = "en", url: str = "/page", before: str = "",
    after: str = "", bare: bool = False,
) -> Fixture:  # fmt: skip
    """Return a page of a site with its heading; `bare` leaves the site's frame out."""
    main = f"<main><h1>{title}</h1>{body}</main>"
    inner = (
        before + main + after if bare else f"<header><a href='/'>Acme</a>{_NAV}</header>{before}{main}{after}{_FOOT}"
    )
    return Fixture(kind, "ok", _page(f"{title} | Acme", inner, head, lang), f"https://acme.example{url}")
