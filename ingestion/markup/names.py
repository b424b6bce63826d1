"""What the names in a page's markup say of a place: tags, roles, classes and ids, as one set of flags. Pure."""

from __future__ import annotations

import re
from enum import IntFlag, auto
from functools import lru_cache
from typing import Any


class Sign(IntFlag):
    """What an element or one around it is, as far as its names tell."""

    NAV = auto()
    HEADER = auto()
    FOOTER = auto()
    ASIDE = auto()
    FORM = auto()
    MAIN = auto()
    ARTICLE = auto()
    COMMENT = auto()
    RELATED = auto()
    COOKIE = auto()
    SHARE = auto()
    BREADCRUMB = auto()
    CARD = auto()
    CONTENT = auto()
    PROMO = auto()
    MODAL = auto()
    META = auto()
    PRICE = auto()
    AUTHOR = auto()
    TAGS = auto()
    HERO = auto()
    POST = auto()
    QUOTE = auto()
    FACET = auto()
    FAQ = auto()
    TABLE = auto()
    LIST = auto()
    HEADING = auto()
    MAIN_ELEMENT = auto()
    HIDDEN = auto()


_WORDS: dict[Sign, str] = {
    Sign.NAV: r"nav|navbar|navigation|menu|menubar|submenu|megamenu|topbar|toolbar|pagination|pager|toc|skip|sitemap",
    Sign.HEADER: r"header|masthead|banner|topnav",
    Sign.FOOTER: r"footer|foot|copyright|colophon|legal",
    Sign.ASIDE: r"aside|sidebar|side|rail|widget|widgets|secondary|complementary",
    Sign.FORM: r"form|search|searchbox|login|signup|signin|subscribe|newsletter|captcha",
    Sign.MAIN: r"main|maincontent|primary",
    Sign.ARTICLE: r"article|story|blogpost",
    Sign.COMMENT: r"comment|comments|commentlist|disqus|respond|reviews|review|discussion",
    Sign.RELATED: r"related|recommended|recommendations|recommend|similar|more|also|popular|trending|latest|recent|upsell|"
    r"crosssell|readnext|next|prev|previous|sponsored|suggestions",
    Sign.COOKIE: r"cookie|cookies|consent|gdpr|onetrust|cookiebot|usercentrics|didomi|cmp|ccpa|optanon|truste|qc",
    Sign.SHARE: r"share|sharing|social|socials|addthis|sharedaddy|follow|facebook|twitter",
    Sign.BREADCRUMB: r"breadcrumb|breadcrumbs|crumbs|crumb",
    Sign.CARD: r"card|cards|item|items|tile|tiles|grid|product|products|teaser|cell|col|column|feature|features|box|listing|"
    r"collection|results|result|entry|entries",
    Sign.CONTENT: r"content|contents|body|text|richtext|rte|prose|description|desc|markdown|wysiwyg|copy|blurb|summary|details|"
    r"entry|intro|about|overview|paragraph",
    Sign.PROMO: r"promo|promotion|ad|ads|advert|advertisement|cta|offer|callout|signup|download|sponsor|marketing|banner",
    Sign.MODAL: r"modal|popup|pop|dialog|overlay|drawer|lightbox|toast|tooltip|offcanvas|flyout|dropdown|minicart|cart|alert|"
    r"notice|announcement",
    Sign.META: r"meta|date|time|timestamp|published|info|stats|views|count|counter|caption|credit|byline|posted|kicker|eyebrow",
    Sign.PRICE: r"price|prices|pricing|cost|amount|sale|buy|sku|stock|shipping|qty|quantity|variant|swatch|option|options",
    Sign.AUTHOR: r"author|authors|bio|avatar|profile|user|username|member|signature|reputation|rank|poster",
    Sign.TAGS: r"tag|tags|category|categories|label|labels|badge|topics|topic|chip|chips|keywords",
    Sign.HERO: r"hero|jumbotron|splash|lead|headline|lede|subtitle|tagline",
    Sign.POST: r"post|posts|thread|message|messages|question|answer|answers|reply|replies|postbody|bbcode",
    Sign.QUOTE: r"quote|blockquote|testimonial|testimonials|customer|customers|case|casestudy",
    Sign.FACET: r"facet|facets|filter|filters|refine|sort|sorting|checkbox|dropdown|select|picker|tabs|tab|controls|control|button|"
    r"buttons|btn|actions|action",
    Sign.FAQ: r"faq|faqs|accordion|accordions|collapse|toggle|expander|question|panel|disclosure",
    Sign.TABLE: r"table|spec|specs|specification|specifications|comparison|compare|datasheet|attributes",
    Sign.LIST: r"list|ul|carousel|slider|slick|swiper|slide|slides|gallery|row|rows",
    Sign.HEADING: r"title|heading|headline|h1|h2|h3|h4|hd|name",
}
_SIGN_OF: dict[str, int] = {}
for _sign, _pattern in _WORDS.items():
    for _word in _pattern.split("|"):
        _SIGN_OF[_word] = _SIGN_OF.get(_word, 0) | int(_sign)

_PIECES = re.compile(r"[A-Z]?[a-z]+\d?|[A-Z]+(?![a-z])")
_OF_TAG: dict[str, int] = {
    "nav": int(Sign.NAV),
    "header": int(Sign.HEADER),
    "footer": int(Sign.FOOTER),
    "aside": int(Sign.ASIDE),
    "form": int(Sign.FORM),
    "main": int(Sign.MAIN | Sign.MAIN_ELEMENT),
    "article": int(Sign.ARTICLE),
    "dialog": int(Sign.MODAL),
    "blockquote": int(Sign.QUOTE),
    "table": int(Sign.TABLE),
    "ul": int(Sign.LIST),
    "ol": int(Sign.LIST),
    "details": int(Sign.FAQ),
}
_OF_ROLE: dict[str, int] = {
    "navigation": int(Sign.NAV),
    "menu": int(Sign.NAV),
    "menubar": int(Sign.NAV),
    "banner": int(Sign.HEADER),
    "contentinfo": int(Sign.FOOTER),
    "complementary": int(Sign.ASIDE),
    "search": int(Sign.FORM),
    "form": int(Sign.FORM),
    "main": int(Sign.MAIN | Sign.MAIN_ELEMENT),
    "article": int(Sign.ARTICLE),
    "dialog": int(Sign.MODAL),
    "alertdialog": int(Sign.MODAL),
    "tablist": int(Sign.FACET),
}


_HIDING = frozenset(
    ["hidden", "hide", "is-hidden", "u-hidden", "d-none", "invisible", "display-none", "js-hidden", "uk-hidden"]
)
_OF_LOOKS = re.compile(
    r"(?<![^\s:])(?:text-(?:\d?x[sl]|sm|base|lg|center|left|right|white|black|gr[ae]y|\[)|content-(?:center|start|end|between|\[)"
    r"|items-(?:center|start|end|stretch|baseline)|grid-(?:cols|rows)-|(?:col|row)-(?:span|start|end)-|box-(?:border|content))"
    r"[^\s:]{0,40}"
)
"""Classes that say how an element looks, in words that elsewhere say what it is: `items-center` is no item."""
_NAMING = ("class", "id", "itemprop", "data-testid", "data-component")


@lru_cache(maxsize=20_000)
def signs_of_names(names: str) -> int:
    """Return what a class or id says, by the words it is made of."""
    found = 0
    names = names[:300]
    if not _HIDING.isdisjoint(names.lower().split()):
        found |= int(Sign.HIDDEN)
    for word in _PIECES.findall(_OF_LOOKS.sub(" ", names)):
        word = word.lower()
        found |= _SIGN_OF.get(word, 0)
        if word.startswith("cookie"):  # cookiebanner, cookieconsent, cookiewall
            found |= int(Sign.COOKIE)
    return found


def signs_of(tag: str, element: Any) -> int:
    """Return what one element is by its tag, its role and what it is called."""
    found = _OF_TAG.get(tag, 0)
    if "-" in tag:  # an element of the site's own: `product-card`
        found |= signs_of_names(tag)
    for name in _NAMING:
        if names := element.get(name):
            found |= signs_of_names(names)
    if role := element.get("role"):
        found |= _OF_ROLE.get(role, 0)
    return found
