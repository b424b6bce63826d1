"""A body's bytes to text: byte order mark, what is declared, and the bytes themselves where that cannot be. Pure.

A declaration lies where its charset cannot decode the bytes, or decodes them to what no text holds; then the bytes are
asked: UTF-8 if they are, the multi-byte charsets of East Asia if they fit one, else what resiliparse guesses.
"""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)

MOST_CHARS = 3_000_001
SAMPLE = 60_000
_HANGUL = re.compile("[\uac00-\ud7a3]")
_KANA = re.compile("[\u3040-\u30ff]")
_HAN = re.compile("[\u4e00-\u9fff]")
_RARE = re.compile("[\ufffd\u0080-\u009f\ue000-\uf8ff]")
_MOJIBAKE = re.compile(
    "Ã[\u0080-\u00bf¡-¿‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|Â[ \u00a0-¿]|â€[\u0080-\u00bf™œ\u009d“”˜¢¦–—]|"
    "ã[\u0080-\u0083ƒ‚€][\u0080-\u00bf-ÿ€-™]|"
    "(?:Ð|Ñ)[\u0080-\u00bf-¿‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|ï¿½|锟斤拷|ï»¿"
)
_EAST_ASIAN = ("euc-kr", "shift_jis", "euc-jp", "gb18030", "big5")
LEAST_FAULTS = 4
FAULTS_PER_1000 = 2.0


def decode(body: bytes, content_type_header: str) -> str:
    """Return the text of a body, at most MOST_CHARS of it; NUL is left out."""
    return _decoded(body, content_type_header)[:MOST_CHARS].replace("\x00", "")


def _decoded(body: bytes, header: str) -> str:
    marked, mark = read_bom(body)
    if marked is not None and mark is not None:
        return str(to_unicode(body[len(mark) :], marked))
    for declared in (http_content_type_encoding(header or None), html_body_declared_encoding(body)):
        name = resolve_encoding(declared) if declared else None
        if name and _is_true(body, name):
            return str(to_unicode(body, name))
    return str(to_unicode(body, guess(body)))


def _is_true(body: bytes, name: str) -> bool:
    """Return whether bytes may be of a charset: nearly all of them are characters in it, and UTF-8 is not passed
    over."""
    sample = _sample(body)
    if name != "utf-8" and _is_utf8(sample):
        return False
    if name == "utf-8" or name in _MULTIBYTE:
        faults = sample.decode(name, "replace").count("\ufffd")
        return faults <= len(sample) / 500
    return not (name in _SINGLE and _best_east_asian(sample))


_MULTIBYTE = frozenset(resolve_encoding(name) or name for name in (*_EAST_ASIAN, "gbk", "gb2312", "cp949", "utf-16"))
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_SINGLE = frozenset({"cp1252", "iso8859-1", "iso8859-15", "ascii"})


def _sample(body: bytes) -> bytes:
    """Return the bytes around the first that are not ASCII, whole as far as can be told."""
    first = next((found.start() for found in _NOT_ASCII.finditer(body)), 0)
    start = max(0, first - 200)
    return body[start : start + SAMPLE]


def _is_utf8(sample: bytes) -> bool:
    """Return whether bytes are UTF-8 that is more than ASCII; a character cut at the sample's end is no fault."""
    if sample.isascii():
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def guess(body: bytes) -> str:
    """Return the charset that bytes seem to be of."""
    sample = _sample(body)
    if sample.isascii() or _is_utf8(sample):
        return "utf-8"
    return _best_east_asian(sample) or resolve_encoding(str(detect_encoding(sample))) or "cp1252"


def _best_east_asian(sample: bytes) -> str:
    """Return the charset of East Asia in which bytes are plain text of its own script; “” where they are in none."""
    high = sum(byte >= 0x80 for byte in sample)
    if high < 12:
        return ""
    best, most = "", 0.0
    for name in _EAST_ASIAN:
        try:
            text = codecs.getincrementaldecoder(name)().decode(sample, final=False)
        except UnicodeDecodeError:
            continue
        score = _plainness(text, name)
        if score > most:
            best, most = name, score
    return best if most > 0.5 else ""


_COMMON_HAN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运這個們來為國說時會對過後裡種經學當沒動還進樣開從實無與長機關點業將兩間問戰頭體見產東聲門員論義幾認條氣題爾別變總電數報結務場計書聽達難權設記據邊張該規萬覺術領確傳師觀讓識帶導爭運日本人大年出国会中生時間行事場合社方法使用可能利用情報企業製品問題必要開発文字"
)


def _plainness(text: str, name: str) -> float:
    """Return how much of what is not ASCII is of the charset's own script, common characters most."""
    others = [character for character in text if character > "\x7f"]
    if not others or _RARE.search(text):
        return 0.0
    joined = "".join(others)
    hangul, kana = len(_HANGUL.findall(joined)), len(_KANA.findall(joined))
    common = sum(character in _COMMON_HAN for character in others)
    han = len(_HAN.findall(joined))
    if name == "euc-kr":
        return hangul / len(others)
    if name in ("shift_jis", "euc-jp"):
        return (kana + common) / len(others) if kana > 0.15 * len(others) else 0.0
    return 2.2 * common / len(others) if han and kana < 0.1 * len(others) else 0.0


def is_garbled(text: str) -> bool:
    """Return whether a text is mojibake: bytes of one charset read as another, too often for a page about it."""
    faults = len(_MOJIBAKE.findall(text)) + text.count("\ufffd")
    return faults >= LEAST_FAULTS and 1000 * faults > FAULTS_PER_1000 * len(text)
