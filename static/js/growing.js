/**
 * A text that grows on the page, shown as what it will be.
 *
 * What is before its last block is settled: it is drawn once and never read again. The last block is mended and drawn
 * anew as it grows, by changing only what differs. So the work for a piece of text depends on that block, not on the
 * text; and drawing takes at most a part of the time, however long a block gets. The server draws the same
 * (runs/presentation/growing.py), and says in `data-drawn` where to go on.
 */

import { isCode, mended } from "./mended.js";
import { reconcile } from "./regions.js";

const EVERY_MS = 40; // at most 25 drawings a second
const SHARE = 4; // after a drawing, so many times what it took is left to all else
const PORTION = 16_000; // so much is read at once of a text that came at once
const MOST_CHARS = 200_000;
const MOST_MARKS = 6_000;
const MOST_MARKS_AT_ONCE = 1_000;
const MARKS = /[[\]`*_~<>&!\\]/g;

let reader = null; // markdown.js, brought with the first text that grows
let bringing = null;

function bring() {
  bringing ??= import("./markdown.js").then(
    ({ blocks }) => (reader = { blocks }),
    (error) => {
      console.warn("Text is shown as it stands: what would render it could not be loaded.", error);
      reader = { blocks: null };
    },
  );
  return bringing;
}

export class GrowingText {
  #tail;
  #onDrawn;
  #rev;
  #text = "";
  #drawn = -1; // how much of the text stands on the page; -1 where that is not known
  #settled; // how much of it is settled
  #edge; // the last element of what is settled
  #marks = 0;
  #counted = 0;
  #portion = PORTION;
  #raw;
  #timer = 0;
  #notBefore = 0;

  /** @param {HTMLElement} tail as the server drew it @param {() => void} onDrawn called after each drawing */
  constructor(tail, onDrawn) {
    this.#tail = tail;
    this.#onDrawn = onDrawn;
    const [rev, settled, blocks] = tail.dataset.drawn.split(":").map(Number);
    this.#rev = rev;
    this.#settled = settled;
    this.#edge = tail.children[blocks - 1] ?? null;
    this.#raw = tail.classList.contains("raw");
  }

  /** Show this text. @param {{rev: number, txt: string}} block */
  take({ rev, txt }) {
    if (rev !== this.#rev || txt.length < Math.max(this.#settled, this.#drawn)) this.begin(rev);
    if (txt.length === this.#drawn) return;
    this.#text = txt;
    this.#soon();
  }

  /** What stands on the page may be of another text: the next one is drawn from its beginning. */
  begin(rev = this.#rev) {
    this.#rev = rev;
    this.#settled = this.#marks = this.#counted = 0;
    this.#drawn = -1;
    this.#edge = null;
    this.#raw = false;
    this.#text = "";
  }

  #soon() {
    if (this.#timer !== 0) return;
    if (reader === null) {
      this.#timer = -1;
      bring().then(() => {
        this.#timer = 0;
        this.#draw();
      });
      return;
    }
    const wait = this.#notBefore - performance.now();
    if (wait <= 0) return this.#draw();
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#draw();
    }, wait);
  }

  #draw() {
    if (!this.#tail.isConnected) return;
    const began = performance.now();
    this.#raw ||= reader.blocks === null || this.#isTooMuch();
    const all = this.#raw ? this.#drawRaw() : this.#drawBlocks();
    this.#onDrawn();
    const now = performance.now();
    this.#notBefore = now + Math.max(EVERY_MS, SHARE * (now - began));
    if (!all) this.#soon();
  }

  #isTooMuch() {
    this.#marks += marksIn(this.#text.slice(this.#counted));
    this.#counted = this.#text.length;
    return this.#text.length > MOST_CHARS || this.#marks > MOST_MARKS;
  }

  #drawRaw() {
    const tail = this.#tail;
    tail.classList.add("raw");
    const shown = tail.childNodes.length === 1 && tail.firstChild.nodeType === Node.TEXT_NODE ? tail.firstChild : null;
    if (shown !== null && this.#text.startsWith(shown.data)) shown.appendData(this.#text.slice(shown.length));
    else tail.replaceChildren(this.#text);
    this.#drawn = this.#text.length;
    return true;
  }

  // Returns whether all of the text is drawn.
  #drawBlocks() {
    if (this.#tail.classList.contains("raw")) this.#tail.replaceChildren();
    this.#tail.classList.remove("raw");
    const rest = this.#text.slice(this.#settled).replaceAll("\r\n", " \n").replaceAll("\r", "\n");
    const portion = firstPart(rest, this.#portion);
    const all = portion.length === rest.length;
    const found = this.#read(all ? rest : portion, all);
    this.#put(found.map(({ element }) => element), all);
    const settles = lastSettled(found, portion);
    if (settles > 0) this.#settle(settles, offsetOf(portion, found[settles].line));
    if (!all) this.#portion = settles > 0 ? PORTION : 2 * this.#portion;
    this.#drawn = all ? this.#text.length : this.#settled;
    return all;
  }

  #read(text, isEnd) {
    if (marksIn(text) <= MOST_MARKS_AT_ONCE || isCode(text) || !isEnd) {
      return reader.blocks(isEnd ? mended(text) : text, this.#tail.dataset.cites);
    }
    const element = document.createElement("p");
    element.className = "raw";
    element.append(text);
    return [{ line: 0, element }];
  }

  // Make what stands behind the edge into these elements. What is behind them goes once all is read: the page never shrinks.
  #put(elements, all) {
    let old = this.#edge === null ? this.#tail.firstElementChild : this.#edge.nextElementSibling;
    for (const element of elements) {
      const next = old?.nextElementSibling ?? null;
      if (old === null) this.#tail.append(element);
      else if (old.nodeName === element.nodeName) reconcile(old, element);
      else old.replaceWith(element);
      old = next;
    }
    while (all && old !== null) {
      const next = old.nextElementSibling;
      old.remove();
      old = next;
    }
  }

  #settle(blocks, chars) {
    for (let n = 0; n < blocks; n += 1) {
      this.#edge = this.#edge === null ? this.#tail.firstElementChild : this.#edge.nextElementSibling;
    }
    this.#settled += chars;
  }
}

function marksIn(text) {
  return text.match(MARKS)?.length ?? 0;
}

// A text is cut behind an empty line, where a block most likely ends.
function firstPart(text, most) {
  if (text.length <= most) return text;
  const before = text.lastIndexOf("\n\n", most);
  const cut = before > 0 ? before : text.indexOf("\n\n", most);
  return cut > 0 ? text.slice(0, cut + 2) : text;
}

// How many of the blocks are settled: those before the last one that stands behind an empty line.
function lastSettled(found, text) {
  const lines = text.split("\n");
  for (let n = found.length - 1; n > 0; n -= 1) if (lines[found[n].line - 1].trim() === "") return n;
  return 0;
}

function offsetOf(text, line) {
  let at = 0;
  for (let n = 0; n < line; n += 1) at = text.indexOf("\n", at) + 1;
  return at;
}
