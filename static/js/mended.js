/**
 * Markdown that is still being written, made whole at its end: what is open is closed, and what is half there held
 * back. Pure; the same as `mended` in runs/presentation/growing.py, where each rule has its reason. tests/js holds both
 * to the same results.
 */

const LONGEST_RUN = 4_000;

const ONLY_MARKS = /^(?:[-+*=_#>|~`:\s]*|\s*\d{1,9}[.)]?\s*)$/;
const FENCE = /^[ >\t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?(`{3,}(?=[^`]*$)|~{3,})/;
const MARKER = /^[ \t]*(?:>[ \t]?)*(?:(?:[-+*]|\d{1,9}[.)]|#{1,6})[ \t]+)?/;
const HALF_AN_ADDRESS = /^(?:\([^\s)]*(?:\s(?:"[^"]*"?)?)?)?$/;
const OPENS_AFTER = "([{\"'“‘*_~—–>|";
const WORD = /[\p{L}\p{N}]/u;

const isWord = (sign) => WORD.test(sign);
const isSpace = (sign) => /\s/.test(sign);
const without = (text, signs) => [...text].filter((sign) => !signs.includes(sign)).join("");
const lineBefore = (text) => text.slice(text.slice(0, -1).lastIndexOf("\n") + 1);

/** @param {string} text @returns {string} */
export function mended(text) {
  const end = text.lastIndexOf("\n") + 1;
  const head = text.slice(0, end);
  let line = text.slice(end);
  const fence = openFence(head);
  if (fence) {
    const code = line.trim() && !without(line.trim(), fence.at(-1)) ? head : text;
    return fence[0] === fence.at(-1) ? `${code.replace(/\n$/, "")}\n${fence}` : code;
  }
  if (ONLY_MARKS.test(line)) line = "";
  else if (FENCE.test(line)) return text;
  const row = line || lineBefore(head).replace(/\n$/, "");
  if (row.trimStart().startsWith("|")) return table(head + line, row, line !== "");
  const start = runStart(head + line);
  return (head + line).slice(0, start) + closed((head + line).slice(start));
}

// The fence that the text leaves open, with what stands before it in its line, or "".
function openFence(text) {
  let fence = "";
  let marks = "";
  for (const line of text.split("\n")) {
    const found = FENCE.exec(line);
    if (!fence) [fence, marks] = found ?? ["", ""];
    else if (found?.[1].startsWith(marks) && !without(line, ` >\t${marks[0]}`)) fence = "";
  }
  return fence;
}

/** Whether the text begins with a fence that is still open: code, which costs nothing to read. @param {string} text */
export function isCode(text) {
  return FENCE.test(text.split("\n", 1)[0]) && openFence(text) !== "";
}

function table(text, row, isOpen) {
  text = text.replace(/\n$/, "");
  if (isOpen) {
    const cell = text.lastIndexOf("|") + 1;
    text = text.slice(0, cell) + closed(text.slice(cell));
  }
  const above = text.slice(0, text.lastIndexOf("\n") + 1);
  if (lineBefore(above).trimStart().startsWith("|")) return text;
  const cells = row.trim().replace(/^\|/, "").replace(/\|$/, "").replaceAll("\\|", "").split("|").length;
  return `${text}\n${"|---".repeat(cells)}|`;
}

function runStart(text) {
  let start = text.length;
  while (start > 0) {
    const line = start < 2 ? 0 : text.lastIndexOf("\n", start - 2) + 1;
    if (!text.slice(line, start).trim()) return start;
    const [marker] = MARKER.exec(text.slice(line, start));
    if (marker.trim()) return line + marker.length;
    start = line;
  }
  return 0;
}

function closed(run) {
  return run.trim() && run.length <= LONGEST_RUN ? new Run(run).closed() : run;
}

/** Reads a run from its beginning, and remembers what is open. */
class Run {
  #open = [];

  constructor(text) {
    this.text = text.trimEnd();
  }

  closed() {
    let at = 0;
    let code = "";
    while (at < this.text.length) {
      const sign = this.text[at];
      if (sign === "`") [at, code] = this.#code(at);
      else if ("*_~".includes(sign)) at = this.#emphasis(at);
      else if (sign === "[") at = this.#bracket(at);
      else if (sign === "\\" && at === this.text.length - 1) this.text = this.text.slice(0, at);
      else if (this.text.startsWith("](", at)) at = this.text.indexOf(")", at) + 1 || at + 1;
      else at += sign === "\\" ? 2 : 1;
    }
    if (code) this.text = this.text.replace(/`+$/, "") + code;
    this.text = this.text.trimEnd();
    while (this.#open.length > 0 && this.text.length <= this.#open.at(-1).at + this.#open.at(-1).marks.length) {
      this.text = this.text.slice(0, this.#open.pop().at).trimEnd();
    }
    return this.text + this.#open.toReversed().map(({ marks }) => marks).join("");
  }

  #code(at) {
    const marks = this.#marks(at);
    const behind = at + marks.length;
    if (behind === this.text.length) {
      this.text = this.text.slice(0, at);
      return [at, ""];
    }
    for (let close = this.text.indexOf("`", behind); close >= 0; close = this.text.indexOf("`", close)) {
      const found = this.#marks(close);
      close += found.length;
      if (found === marks) return [close, ""];
    }
    return [this.text.length, marks];
  }

  #emphasis(at) {
    const marks = this.#marks(at);
    const behind = at + marks.length;
    if (behind === this.text.length) {
      this.text = this.text.slice(0, at);
      return at;
    }
    if (marks[0] === "~" && marks.length !== 2) return behind;
    const before = at > 0 ? this.text[at - 1] : "";
    const after = this.text[behind];
    const closes = before !== "" && !isSpace(before) && (marks[0] !== "_" || !isWord(after));
    const left = closes ? this.#close(marks) : marks;
    if (left && !isSpace(after) && (before === "" || isSpace(before) || OPENS_AFTER.includes(before))) {
      this.#open.push({ at: behind - left.length, marks: left });
    }
    return behind;
  }

  #close(marks) {
    while (marks && this.#open.some((opened) => opened.marks[0] === marks[0])) {
      const opened = this.#open.pop();
      if (opened.marks[0] !== marks[0]) continue;
      if (opened.marks.length > marks.length) {
        this.#open.push({ at: opened.at, marks: opened.marks.slice(marks.length) });
      }
      marks = marks.slice(opened.marks.length);
    }
    return marks;
  }

  #bracket(at) {
    const close = this.text.indexOf("]", at);
    const inside = this.text.slice(at + 1, close >= 0 ? close : undefined);
    const before = at > 0 ? this.text[at - 1] : "";
    if (close < 0) {
      if (/^\p{Nd}*$/u.test(inside)) {
        this.text = this.text.slice(0, at);
        return at;
      }
      if (isWord(before)) return at + 1;
    } else if (!HALF_AN_ADDRESS.test(this.text.slice(close + 1)) || (/^\p{Nd}+$/u.test(inside) && close === this.text.length - 1)) {
      return at + 1;
    }
    const from = before === "!" ? at - 1 : at;
    this.text = this.text.slice(0, from) + inside;
    return from;
  }

  #marks(at) {
    let end = at;
    while (this.text[end] === this.text[at] && end < this.text.length) end += 1;
    return this.text.slice(at, end);
  }
}
