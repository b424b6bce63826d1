"""HTML that is compared: what differs in it without being seen is taken out."""

from __future__ import annotations

from bs4 import BeautifulSoup


def looks(html: str) -> str:
    """The HTML without the order of its attributes, and without white space between its elements."""
    soup = BeautifulSoup(html, "html.parser")
    for words in soup.find_all(string=lambda text: not text.strip()):
        if words.find_parent(["p", "pre"]) is None:
            words.extract()
    for words in soup.find_all(string=lambda text: text.startswith("\n")):
        words.replace_with(words.lstrip("\n") if words.find_parent("pre") is None else words)
    for link in soup.find_all("a"):
        link.attrs = dict(sorted(link.attrs.items()))
    return soup.decode()
