/**
 * Markdown as nodes of a page, by the parser that the server has too and by the same rules (runs/presentation/markdown.py).
 *
 * No HTML is ever made of the text: each element is created by a name of TAGS, and words are text nodes.
 */

import markdownit from "./vendor/markdown-it.js";

const TAGS = new Set(
  "h2 h3 h4 h5 h6 p br hr blockquote pre ul ol li strong em s code a table thead tbody tr th td".split(" "),
);
const ATTRIBUTES = { a: ["href", "title"], ol: ["start"] };
const HREF = /^(?:https?:\/\/|mailto:|#)/;
const MOST_COLUMNS = 64;
const LONGEST_WORD = 500;
const MARKER = /\[(\d{1,3})\](?![:(])/g;

const parsers = new Map();

// What a backslash or an entity stands for stays a token of its own: `\[3]` is no citation.
function parserFor(text) {
  const rules = ["strikethrough"];
  if (text.split("\n").every((line) => line.split("|").length - 1 <= MOST_COLUMNS)) rules.push("table");
  const linkify = text.split(/\s/).every((word) => word.length <= LONGEST_WORD);
  const key = `${rules} ${linkify}`;
  let parser = parsers.get(key);
  if (parser === undefined) {
    parser = markdownit("commonmark", { html: false, linkify }).enable(rules).disable("text_join");
    if (linkify) parser.enable("linkify").linkify.set({ fuzzyLink: false, fuzzyEmail: false });
    parsers.set(key, parser);
  }
  return parser;
}

/**
 * The blocks of a text: an element each, and the line at which it begins.
 * @param {string} text
 * @param {string} cites where citations lead, before their numbers ("#source-"); "" where `[3]` is no citation
 * @returns {{line: number, element: Element}[]}
 */
export function blocks(text, cites = "") {
  const found = [];
  const root = document.createDocumentFragment();
  const places = [root];
  for (const token of parserFor(text).parse(text, {})) {
    if (token.hidden) continue;
    if (token.type === "inline") put(token.children, places.at(-1), cites);
    else if (token.nesting < 0) places.pop();
    else {
      const element = elementOf(token);
      places.at(-1).append(element);
      if (token.nesting > 0) places.push(element);
      if (token.level === 0) found.push({ line: token.map[0], element });
    }
  }
  return found;
}

function put(tokens, into, cites) {
  const places = [into];
  for (const token of tokens) {
    const place = places.at(-1);
    if (token.nesting < 0) places.pop();
    else if (token.type === "text" && cites && !place.closest?.("a")) place.append(...cited(token.content, cites));
    else if (token.type === "text" || token.type === "text_special") place.append(token.content);
    else if (token.type === "softbreak") place.append("\n");
    else if (token.type === "image") place.append(...picture(token));
    else {
      const element = elementOf(token);
      place.append(element);
      if (token.nesting > 0) places.push(element);
    }
  }
}

function elementOf(token) {
  if (token.type === "fence" || token.type === "code_block") {
    const code = create("code", token.content);
    const pre = create("pre");
    pre.append(code);
    return pre;
  }
  if (token.type.startsWith("heading_")) return create(`h${Math.min(Number(token.tag[1]) + 1, 6)}`);
  const element = create(token.tag, token.content);
  for (const name of ATTRIBUTES[token.tag] ?? []) {
    const value = token.attrGet(name);
    if (value !== null && (name !== "href" || HREF.test(value))) element.setAttribute(name, value);
  }
  if (token.tag === "a") element.rel = "nofollow noopener noreferrer";
  return element;
}

function create(tag, words = "") {
  if (!TAGS.has(tag)) throw new Error(`Markdown made a <${tag}>.`);
  const element = document.createElement(tag);
  if (words) element.append(words);
  return element;
}

function picture({ children }) {
  const words = children.map((token) => (token.type === "softbreak" ? "\n" : token.content)).join("");
  return words ? [create("em", `[picture: ${words}]`)] : [];
}

function cited(text, cites) {
  return text.split(MARKER).flatMap((part, place) => (place % 2 === 1 ? marker(part, cites) : part || []));
}

function marker(number, cites) {
  const link = create("a", number);
  link.setAttribute("href", `${cites}${Number(number)}`);
  link.setAttribute("aria-label", `Source ${Number(number)}`);
  link.textContent = `${Number(number)}`;
  const raised = document.createElement("sup");
  raised.append(link);
  return raised;
}
