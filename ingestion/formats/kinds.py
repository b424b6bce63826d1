"""What bytes are, by what they begin with: the header only breaks ties, since servers call anything text/html. Pure."""

from __future__ import annotations

import io
import re
import zipfile

import re2

HTML = "html"
PDF = "pdf"
TEXT = "text"
MARKDOWN = "markdown"
WORD = "word"

ASKED_FOR = (
    "text/html",
    "application/xhtml+xml",
    "application/pdf",
    "text/plain",
    "text/markdown",
    "text/x-markdown",
    "application/x-pdf",
    "application/octet-stream",
    "binary/octet-stream",
)
"""The types whose bytes are looked at; what they are is told by the bytes."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
    (b"{\\rtf", "a rich text document"),
    (b"%!PS", "a PostScript document"),
    (b"ID3", "an MP3 sound"),
    (b"OggS", "an Ogg sound or film"),
    (b"fLaC", "a FLAC sound"),
    (b"\x1aE\xdf\xa3", "a Matroska film"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\x00\x01\x00\x00\x00", "a font"),
    (b"OTTO", "a font"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\x00asm", "a program"),
    (b"SQLite format 3\x00", "a database"),
)
_WORD_PART = "word/document.xml"
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_SHORT = 3
"""Marks of so few bytes also begin texts; then what follows must be no text either."""
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|h1|h2|table|a|script|article|main|section)\b", re.I
)
_FEED = re.compile(rb"<(?:rss|feed|urlset|sitemapindex|rdf:RDF|opml)\b", re.I)
_CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})
_WHOLE_PAGE = re.compile(rb"<(?:html|body)\b", re.I)
_MARKDOWN = re2.compile(r"(?m)^(?:#{1,6} \S|[-*] \S|\d+\. \S|```|> \S)|\[[^\]\n]+\]\([^)\n]+\)|\*\*[\pL\pN_]")
MOST_CONTROLS = 0.02


def kind_of(body: bytes, content_type: str, url: str = "") -> tuple[str, str]:
    """Return the kind of a body and “”, or “” and what it is instead of a text, in words with their article."""
    start = body[:4096]
    bare = start.lstrip(b"\xef\xbb\xbf \t\r\n\x0c")
    if b"%PDF-" in start[:1024]:
        return PDF, ""
    if start.startswith(b"PK\x03\x04") and is_word(body):
        return WORD, ""
    if (found := _by_magic(start)) and not bare.startswith(b"<"):
        return "", found
    stated = content_type.partition(";")[0].strip().lower()
    wide = start[:2] in (b"\xff\xfe", b"\xfe\xff") or "utf-16" in content_type.lower()
    if not wide and start and sum(byte in _CONTROLS for byte in start) > MOST_CONTROLS * len(start):
        return "", f"data ({stated})" if stated and not stated.startswith("text/") else "data of no known type"
    html = _MARKUP.search(start) or (stated in _HTML_TYPES and b"<" in start)
    if html and (not _FEED.search(start) or _WHOLE_PAGE.search(start)):
        return HTML, ""
    if _FEED.search(start):
        return "", "a feed or a sitemap"
    if stated in ("text/markdown", "text/x-markdown") or url.lower().endswith((".md", ".markdown")):
        return MARKDOWN, ""
    if bare[:1] in (b"{", b"[") and (stated.endswith("json") or bare[1:2] in (b'"', b"{", b"\n")):
        return "", "data (JSON)"
    if stated in ("", "text/plain", "application/octet-stream", "binary/octet-stream", *_HTML_TYPES):
        return (HTML, "") if stated in _HTML_TYPES else (TEXT, "")
    return "", f"no page but {stated}"


def is_word(body: bytes) -> bool:
    """Return whether a ZIP archive is a Word file (DOCX)."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _WORD_PART in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _by_magic(start: bytes) -> str:
    for magic, name in _MAGIC:
        if start.startswith(magic):
            rest = start[len(magic) : 300]
            if len(magic) <= _SHORT and magic.isascii() and not any(byte in _CONTROLS or byte >= 0x80 for byte in rest):
                continue
            return name
    if start[4:8] == b"ftyp":
        return "a film or an image"
    if start[:4] == b"RIFF" and start[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return "an image, a sound or a film"
    if start[257:262] == b"ustar":
        return "a tar archive"
    return ""


def looks_like_markdown(text: str) -> bool:
    """Return whether a plain text is written in Markdown."""
    return len(_MARKDOWN.findall(text[:20_000])) >= 2
