"""What bytes are is told by the bytes; text in any charset is read, garbled text is noticed; PDFs and Markdown are
pages."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from docx import Document

from ingestion.content.charsets import decode, is_garbled
from ingestion.formats.kinds import HTML, MARKDOWN, PDF, TEXT, kind_of
from ingestion.formats.pdf import MOST_PAGES
from ingestion.formats.word import MOST_UNPACKED_BYTES
from ingestion.parser.process import page

URL = "https://a.example/x"


@pytest.mark.parametrize(
    ("body", "header", "kind"),
    [
        (b"<!doctype html><p>x", "text/html", HTML),
        (b"\xef\xbb\xbf\n<html><body>x", "application/octet-stream", HTML),
        ("<html><body>x".encode("utf-16"), "text/html", HTML),
        (b"just words", "text/html", HTML),
        (b"%PDF-1.7\n", "text/html", PDF),
        (b"\n%PDF-1.4", "application/octet-stream", PDF),
        (b"# Title\n\nwords", "text/markdown", MARKDOWN),
        (b"MZ is what this note begins with", "text/plain", TEXT),
        (b"BM, too, begins a note", "text/plain; charset=utf-8", TEXT),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "text/html", ""),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "text/html", ""),
        (gzip.compress(b"<html>x", mtime=0), "text/html", ""),
        (b"PK\x03\x04\x14\x00", "text/html; charset=utf-8", ""),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "text/html", ""),
        (bytes(range(256)) * 4, "text/html", ""),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "text/html", ""),
        (b'{"a": 1}', "application/json", ""),
    ],
)
def test_bytes_say_what_they_are(body: bytes, header: str, kind: str) -> None:
    found, other = kind_of(body, header, URL)
    assert found == kind
    assert bool(other) == (not kind)


def test_an_image_that_calls_itself_a_page_is_no_knowledge() -> None:
    found = page(b"\x89PNG\r\n\x1a\n" + b"abc def ghi " * 900, content_type="text/html", url=URL)
    assert (found.text, found.refused) == ("", "a PNG image")


TEXTS = {
    "euc-kr": "항구 사무소는 방문하는 배를 위한 규칙을 공개하며 모든 선장은 정박하기 전에 그것을 읽어야 합니다.",
    "shift_jis": "港の事務所は、訪問する船のための規則を公開しており、すべての船長はそれを読むよう求められています。",
    "euc-jp": "港の事務所は、訪問する船のための規則を公開しており、すべての船長はそれを読むよう求められています。",
    "gb18030": "港务局为来访的船只公布了一份规则清单，每位船长在码头停泊之前都应当阅读，并且在离开时说明去向。",
    "big5": "港務局為來訪的船隻公布了一份規則清單，每位船長在碼頭停泊之前都應當閱讀，並且在離開時說明去向。",
    "cp1251": "Портовая контора ведёт список правил для гостей, и каждый шкипер читает его перед стоянкой.",
    "utf-8": "Das Hafenbüro führt eine Liste der Regeln für Gäste, die jeder Schiffer vor dem Anlegen liest: Grüße.",
}


@pytest.mark.parametrize("charset", list(TEXTS))
@pytest.mark.parametrize("header", ["", "text/html", "text/html; charset={}", "text/html; charset=iso-8859-1"])
def test_a_text_is_read_whatever_its_header_says(charset: str, header: str) -> None:
    if charset == "cp1251" and "iso" in header:
        pytest.skip("one byte a character: nothing tells the two apart but the words")
    body = f"<html><body><p>{TEXTS[charset]}</p></body></html>".encode(charset)
    assert TEXTS[charset] in decode(body, header.format(charset))


def test_a_lie_in_the_pages_own_meta_tag_is_seen_through() -> None:
    korean = f"<meta charset=utf-8><p>{TEXTS['euc-kr']}".encode("euc-kr")
    assert TEXTS["euc-kr"] in decode(korean, "text/html; charset=utf-8")


def test_garbled_text_is_noticed_and_foreign_letters_are_not() -> None:
    garbled = ("Grüße aus Köln – schön, daß Sie da sind. " * 4).encode().decode("cp1252")
    assert is_garbled(garbled)
    assert is_garbled("Gr\ufffd\ufffde aus K\ufffdln, sch\ufffdn")
    for text in (
        *TEXTS.values(),
        "Ã is a letter of Portuguese: SÃO PAULO, MÃE, IRMÃ, NÃO, PÃO",
        "A page about â€™, which is mojibake. " + "Words. " * 500,
    ):
        assert not is_garbled(text)


def test_a_page_of_bytes_without_a_right_charset_says_so() -> None:
    twice = f"<html><body><p>{TEXTS['utf-8'] * 5}</p></body></html>".encode().decode("cp1252").encode()
    assert page(twice, content_type="text/html; charset=utf-8", url=URL).garbled


def pdf(pages: list[list[str]], title: str = "") -> bytes:
    """Return a PDF with these lines on its pages, as small as one can be."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Title({title})/CreationDate(D:20240306090000Z)>>".encode(),
    ]
    kids = []
    for lines in pages:
        drawn = zlib.compress(
            ("BT /F1 12 Tf 50 780 Td " + " ".join(f"({line}) Tj 0 -16 Td" for line in lines) + " ET").encode()
        )
        objects.append(b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(drawn), drawn))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    out, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(out))
    )


def test_a_pdf_is_read_by_its_bytes_its_pages_as_sections() -> None:
    body = pdf(
        [
            [
                "Rules of the lock",
                "Boats of nine metres pass first and longer ones wait out-",
                "side until the light is green.",
            ],
            ["Fees", "Ten coins for each boat."],
        ],
        "Lock rules",
    )
    found = page(body, content_type="text/html", url="https://a.example/rules.pdf")
    assert (found.title, found.published, found.refused) == ("Lock rules", "2024-03-06", "")
    assert "## Page 1" in found.text and "## Page 2" in found.text
    assert "longer ones wait outside until the light is green." in found.text
    assert found.words > 20


def test_a_long_pdf_is_cut_and_says_so() -> None:
    found = page(
        pdf([[f"Line {n} of a long book."] for n in range(MOST_PAGES + 3)]), content_type="application/pdf", url=URL
    )
    assert found.cut == [f"only the first {MOST_PAGES} of its {MOST_PAGES + 3} pages were read"]


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"%PDF-1.7", "a PDF that cannot be opened"), (pdf([[]]), "a PDF of 1 page without text, as of scanned paper")],
)
def test_a_pdf_that_says_nothing_says_why(body: bytes, why: str) -> None:
    assert page(body, content_type="application/pdf", url=URL).refused == why


def test_markdown_and_plain_text_are_pages() -> None:
    text = "# The lock\n\nThe keeper opens it\ntwice a day. See [fees](/fees).\n\n## Code\n\n```\nif a:\n    b\n```\n"
    found = page(text.encode(), content_type="text/markdown", url=URL)
    assert found.title == "The lock"
    assert found.text.splitlines() == [
        "## The lock",
        "The keeper opens it twice a day. See fees.",
        "## Code",
        "```",
        "if a:",
        "    b",
        "```",
    ]
    assert [link.href for link in found.links] == ["/fees"]
    plain = page(b"Notes of the lock\n\nThe keeper opens it.", content_type="text/plain", url=URL)
    assert (plain.title, plain.text) == ("Notes of the lock", "Notes of the lock\nThe keeper opens it.")


def _word_file(**options: object) -> bytes:
    document = Document()
    document.core_properties.title = str(options.get("title", ""))
    document.core_properties.author = str(options.get("author", "python-docx"))
    document.core_properties.modified = datetime(2026, 3, 4, tzinfo=UTC)
    document.add_heading("Care of the valve", 1)
    document.add_paragraph("Open it once a year, by hand.")
    document.add_paragraph("Rinse it", style="List Bullet")
    table = document.add_table(rows=2, cols=3)
    for place, text in enumerate(("Part", "Torque", "Tool", "Seat", "12 Nm", "Key")):
        table.cell(place // 3, place % 3).text = text
    document.add_table(rows=1, cols=2).cell(0, 0).merge(document.tables[-1].cell(0, 1)).text = "One wide cell"
    document.add_paragraph("It is then shut.")
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def test_a_word_file_is_read_in_its_order_with_its_tables() -> None:
    body = _word_file(title="Valves", author="Somebody")
    assert kind_of(body, "application/octet-stream")[0] == "word"
    found = page(body, content_type="", url="https://a.example/valve.docx")
    assert found.text.splitlines() == [
        "## Care of the valve",
        "Open it once a year, by hand.",
        "- Rinse it",
        "Part | Torque | Tool",
        "Seat | 12 Nm | Key",
        "One wide cell",
        "It is then shut.",
    ]
    assert (found.title, found.changed) == ("Valves", "2026-03-04")
    bare = page(_word_file(), content_type="", url="https://a.example/valve.docx")
    assert (bare.title, bare.changed) == ("Care of the valve", "")


def test_a_word_file_that_is_none_says_why() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("word/document.xml", "<no/>")
    assert page(kept.getvalue(), content_type="", url="x.docx").refused == "a Word file that cannot be opened"
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<w/>")
        archive.writestr("word/media/x", bytes(MOST_UNPACKED_BYTES))
    assert (
        page(kept.getvalue(), content_type="", url="x.docx").refused == "a Word file that unpacks to more than is read"
    )
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("content.opf", "a book")
    assert page(kept.getvalue(), content_type="", url="x").refused == "a ZIP archive or an office document"
