"""Pages of seven kinds, written for the tests and never learnt from: what of each is its own, and what is not.

Each is laid out as such pages are: a header with a menu, what the page is for, things beside and under it, a footer.
"""

from __future__ import annotations

from dataclasses import dataclass

MENU = (
    '<header class="site-header"><a class="logo" href="/">Tarnbay</a><nav><ul><li><a href="/boats">Boats</a></li>'
    '<li><a href="/charts">Charts</a></li><li><a href="/journal">Journal</a></li><li><a href="/account">My account</a></li>'
    "</ul></nav></header>"
)
FOOTER = (
    '<footer class="site-footer"><div class="columns"><div><h4>Customer service</h4><ul><li><a href="/returns">Sending things'
    ' back</a></li><li><a href="/contact">Write to us</a></li></ul></div><div><h4>Stay in touch</h4><form><label>Your e-mail'
    "</label><input><button>Subscribe</button></form></div></div><p>© 2026 Tarnbay Chandlers. All rights reserved.</p></footer>"
)


@dataclass(frozen=True)
class OwnPage:
    """A page, what its text must have, and what it must not."""

    kind: str
    url: str
    html: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]


def _page(kind: str, path: str, title: str, body: str, must: tuple[str, ...], must_not: tuple[str, ...]) -> OwnPage:
    html = f"<!doctype html><html lang=en><head><title>{title} | Tarnbay</title></head><body>{MENU}{body}{FOOTER}</body></html>"
    return OwnPage(
        kind, f"https://tarnbay.example{path}", html, must, (*must_not, "Write to us", "All rights reserved")
    )


def _cards(names: list[str], of: str = "product-card") -> str:
    return "".join(
        f'<li class="{of}"><a href="/p/{n}"><img src="/{n}.jpg" alt=""></a><h3 class="{of}__title"><a href="/p/{n}">{name}</a>'
        f'</h3><span class="price">£{19 + 7 * n}.50</span><button class="btn">Add to basket</button></li>'
        for n, name in enumerate(names)
    )


ROPES = [
    "Braided dock line, 10 m",
    "Floating tow rope",
    "Anchor rode with chain",
    "Halyard in red fleck",
    "Tarred twine",
]
OTHERS = ["Brass cleat", "Canvas bucket", "Rope knife", "Splicing fid"]

_ARTICLE = _page(
    "article",
    "/journal/reading-the-tide",
    "Reading the tide",
    '<main><article><h1>Reading the tide</h1><p class="byline">By the harbour office</p>'
    "<p>A tide table gives two heights and two times, and everything between them is left to the reader. Most boats that"
    " touch the bar do so within an hour of low water, when the keel has less room than the table seems to promise.</p>"
    "<p>Divide the time between high and low water into six parts. In the first the water falls by a twelfth, then by two,"
    " by three, again by three, by two and by one. It is a rule of thumb, and it holds wherever the curve is even.</p>"
    "<p>Where the wind has stood from one side for days, add a hand's breadth, or take it away.</p></article>"
    '<section class="more"><h2>More from the journal</h2><ul>'
    + "".join(
        f'<li><a href="/journal/{n}">{name}</a><p>{text}</p></li>'
        for n, (name, text) in enumerate(
            [
                (
                    "Painting a hull",
                    "How much paint a hull takes, and why the second coat matters more than the first one.",
                ),
                (
                    "A winter berth",
                    "What to take off a boat before the first frost, and what may as well stay on board.",
                ),
                ("Old charts", "Why a chart of sixty years ago still shows the rocks, and no longer shows the sand."),
            ]
        )
    )
    + "</ul></section></main>",
    ("everything between them is left to the reader", "by three, again by three", "a hand's breadth"),
    ("the second coat matters", "before the first frost", "Why a chart of sixty years ago"),
)
_LIST = _page(
    "listing",
    "/collections/ropes",
    "Ropes and lines",
    '<main class="collection"><h1>Ropes and lines</h1><p class="intro">Cut to length while you wait, whipped at both ends.</p>'
    '<aside class="filters"><h4>Filter by</h4><ul><li><label>Polyester (12)</label></li><li><label>Hemp (4)</label></li></ul></aside>'
    f'<ul class="grid">{_cards(ROPES)}</ul></main>',
    ("whipped at both ends", *ROPES, "£19.50", "£47.50"),
    ("My account", "Sending things back"),
)
_PRODUCT = _page(
    "product",
    "/products/dock-line",
    "Braided dock line, 10 m",
    '<main><div class="product"><div class="gallery"><img alt=""></div><div class="info"><h1>Braided dock line, 10 m</h1>'
    '<div class="price">£19.50</div><form class="cart"><label>Quantity</label><input><button>Add to basket</button></form>'
    '<div class="description"><h2>Description</h2><p>A soft line that gives under load and lies flat in a locker. The eye is'
    " spliced by hand and covered with leather, so that it does not chafe on a cleat.</p><ul><li>Breaking load 3,200 kg</li>"
    "<li>Weight 1.1 kg</li></ul></div></div></div>"
    f'<section class="upsell"><h2>Customers also bought</h2><ul>{_cards(OTHERS)}</ul></section></main>',
    ("Braided dock line", "gives under load and lies flat", "Breaking load 3,200 kg", "Weight 1.1 kg"),
    ("Canvas bucket", "Splicing fid"),
)
_FORUM = _page(
    "forum",
    "/forum/t/which-anchor-for-mud/812",
    "Which anchor for mud?",
    '<main><h1>Which anchor for mud?</h1><div class="thread">'
    + "".join(
        f'<div class="post"><div class="user"><a href="/u/{n}">keeper{n}</a><span>Joined 2019</span></div><div class="post-body"><p>{text}</p>'
        '</div><div class="actions"><button>Like</button><button>Quote</button><button>Report</button></div></div>'
        for n, text in enumerate(
            [
                "We lie in soft mud most of the summer and drag whenever it blows. The plough that came with the boat is fine in sand.",
                "A wide fluke and a long shank. Ours has held through three gales, but it comes up with half the bay on it.",
                "Whatever you take, let out more chain. Five times the depth is what I use, seven when it blows.",
            ]
        )
    )
    + '</div><div class="similar"><h3>Similar topics</h3><ul><li><a href="/forum/t/1">Chain or rope?</a></li><li><a href="/forum/t/2">Galvanised'
    " shackles rust</a></li></ul></div></main>",
    ("drag whenever it blows", "three gales", "seven when it blows"),
    ("Galvanised shackles rust", "Chain or rope?"),
)
_SERVICE = _page(
    "service",
    "/services/rigging",
    "Rigging",
    '<main><section class="hero"><h1>Rigging, checked before the season</h1><p>Two riggers, one day, and a report that your insurer accepts.</p>'
    '<a class="btn" href="/book">Book a day</a></section><section class="features"><h2>What we look at</h2><div class="row">'
    + "".join(
        f'<div class="col"><h3>{name}</h3><p>{text}</p></div>'
        for name, text in [
            ("Wires", "Every strand, by eye and with a cloth that catches on a broken one."),
            ("Fittings", "Swages and pins, under dye where we doubt them."),
            ("Mast", "Its foot, its spreaders and each hole that was ever drilled."),
        ]
    )
    + '</div></section><section class="faq"><h2>Questions</h2><details><summary>Do you come to us?</summary><p>Yes, to any harbour of the bay.</p>'
    "</details></section></main>",
    (
        "a report that your insurer accepts",
        "a cloth that catches",
        "Swages and pins",
        "each hole that was ever drilled",
        "to any harbour of the bay",
    ),
    (),
)
_MANUAL = _page(
    "documentation",
    "/docs/plotter/waypoints",
    "Waypoints",
    '<div class="layout"><nav class="sidebar"><ul><li><a href="/docs/plotter">The plotter</a></li><li><a href="/docs/plotter/tides">Tides</a></li>'
    '<li><a href="/docs/plotter/alarms">Alarms</a></li></ul></nav><main><h1>Waypoints</h1><p>A waypoint is a place with a name. Routes are made of them.</p>'
    "<h2>Add one</h2><pre>plot add --name bar \\\n  --at 54.1,-2.9</pre><table><tr><th>Option</th><th>Meaning</th></tr><tr><td>--name</td><td>what it is"
    " called</td></tr><tr><td>--at</td><td>where it is</td></tr></table><p>Names are kept in the order in which they were given.</p></main>"
    '<aside class="toc"><h5>On this page</h5><ul><li><a href="#add">Add one</a></li></ul></aside></div>',
    (
        "A waypoint is a place with a name",
        "plot add --name bar",
        "--at | where it is",
        "in the order in which they were given",
    ),
    ("On this page", "Alarms"),
)
_NEWS = _page(
    "collection",
    "/topics/harbours",
    "Harbours",
    "<main><h1>Harbours</h1>"
    + "".join(
        f'<article class="teaser"><h2><a href="/news/{n}">{name}</a></h2><p class="date">{n + 3} May 2026</p><p>{text}</p><a href="/news/{n}">Read more</a></article>'
        for n, (name, text) in enumerate(
            [
                (
                    "The north pier opens again",
                    "After two winters of work the pier takes boats of twelve metres, and the light at its end is lit.",
                ),
                (
                    "Berths by the night",
                    "Visitors pay by the length of their boat from June on, and the showers are free.",
                ),
                (
                    "Dredging ends early",
                    "The channel has its four metres again, three weeks before the council had promised them.",
                ),
                ("A bridge that lifts", "It opens each hour, on the hour, and on Sundays whenever somebody asks."),
            ]
        )
    )
    + '</main><aside class="sidebar"><div class="newsletter"><h3>Newsletter</h3><p>All harbour news in your inbox each Friday morning.</p></div></aside>',
    ("The north pier opens again", "the showers are free", "its four metres again", "whenever somebody asks"),
    ("in your inbox",),
)
PAGES = (_ARTICLE, _LIST, _PRODUCT, _FORUM, _SERVICE, _MANUAL, _NEWS)
