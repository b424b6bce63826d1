"""A page enlarged, without colours, and without motion: nothing of it may be lost."""

from __future__ import annotations

from playwright.sync_api import Page

WIDE = {"width": 1280, "height": 800}
HALF = {"width": 640, "height": 400}
"""What is left of WIDE at 200 %: so many CSS pixels."""
TWICE, ONCE = {"standard": 32, "fixed": 26}, {"standard": 16, "fixed": 13}
"""Text alone at twice its size, as the browser's own setting has it; and as it comes, in pixels."""
_WIDTH = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
_WORDS = """() => {
  const seen = (element) => {
    const fold = element.closest("details:not([open])");
    const shown = fold && !element.closest("summary") ? fold.querySelector("summary") : element;
    return shown.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const around = node.parentElement;
    if (!around.closest("script, style, thead, .hidden, [data-events]") && seen(around)) {
      texts.push(node.data.trim().replace(/\\s+/g, " ").replace(/\\d+/g, "0"));
    }
  }
  return texts.filter((text) => /\\p{L}{3}/u.test(text));
}"""
"""What can be read, or opened to be read; without figures, as clocks go on, and without a recording that is played."""
_CUT = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const style = getComputedStyle(element);
  const clips = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
  const small = element.clientWidth < 4 || element.clientHeight < 4;  // hidden from the eye on purpose
  const told = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none" || element.closest("svg, [title]");
  const lacks = element.scrollWidth > element.clientWidth + 2 || element.scrollHeight > element.clientHeight + 4;
  return clips && !small && !told && lacks && element.checkVisibility() && element.textContent.trim();
}).map((element) => element.outerHTML.slice(0, 160))"""
_BY_COLOUR = """() => [...document.querySelectorAll(".state, .mark[class*='state-']")].filter((element) => {
  const said = element.textContent.trim();
  return element.checkVisibility() && (element.matches(".mark") ? !said : !/\\p{L}{2}/u.test(said));
}).map((element) => element.outerHTML.slice(0, 160))"""
_MOVES = """() => [...document.querySelectorAll("body, body *")].flatMap((element) => {
  const style = getComputedStyle(element);
  const seconds = (text) => Math.max(...text.split(",").map(parseFloat));
  const moves = (style.animationName !== "none" && seconds(style.animationDuration) > 0.01)
    || seconds(style.transitionDuration) > 0.01 || style.scrollBehavior === "smooth";
  return moves ? [element.outerHTML.slice(0, 120)] : [];
}).slice(0, 3)"""
_LARGE = """() => (document.body.innerText.match(/(?<![\\d.,:/-]|Page )(?!(?:19|20)\\d\\d\\b)\\d{4,} [a-z]+/g) ?? [])"""


def check(page: Page, name: str) -> None:
    """Hold the page against what it is at its own size."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    words = set(page.evaluate(_WORDS))
    for wrong, script in (("writes without separators", _LARGE), ("moves, though asked not to", _MOVES)):
        found = page.evaluate(script)
        assert found == [], f"{name} {wrong}: {found}"
    assert page.evaluate(_BY_COLOUR) == [], f"{name} tells a state by colour alone"
    page.emulate_media(forced_colors="active")
    assert words <= set(page.evaluate(_WORDS)), f"{name} loses words where colours are forced"
    page.emulate_media(forced_colors="none")
    page.set_viewport_size(HALF)  # type: ignore[arg-type]
    _fits(page, f"{name} at 200 %")
    lost = words - set(page.evaluate(_WORDS))
    assert not lost, f"{name} loses this at 200 %: {sorted(lost)[:5]}"
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    browser = page.context.new_cdp_session(page)
    browser.send("Page.setFontSizes", {"fontSizes": TWICE})
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    _fits(page, f"{name} with its text at 200 %")
    browser.send("Page.setFontSizes", {"fontSizes": ONCE})
    browser.detach()


def _fits(page: Page, what: str) -> None:
    wide, window = page.evaluate(_WIDTH)
    assert wide <= window, f"{what} is {wide} px wide in a window of {window}"
    cut = page.evaluate(_CUT)
    assert cut == [], f"{what} is cut off: {cut}"
