/** Takes a JSON list of texts, and gives what the page makes of each: the text mended, and its blocks as HTML. */

import { readFileSync } from "node:fs";

import { blocks } from "../../static/js/markdown.js";
import { mended } from "../../static/js/mended.js";

const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (words) => words.replace(/[&<>"]/g, (sign) => SIGNS[sign]);

/** As much of an element as markdown.js needs. */
class Element {
  #name;
  #parent = null;
  #attributes = {};
  #nodes = [];

  constructor(name) {
    this.#name = name;
  }

  append(...nodes) {
    for (const node of nodes) if (node instanceof Element) node.#parent = this;
    this.#nodes.push(...nodes);
  }

  setAttribute(name, value) {
    this.#attributes[name] = value;
  }

  set rel(value) {
    this.setAttribute("rel", value);
  }

  set textContent(words) {
    this.#nodes = [words];
  }

  closest(name) {
    return this.#name === name ? this : (this.#parent?.closest(name) ?? null);
  }

  get outerHTML() {
    const inside = this.#nodes.map((node) => node.outerHTML ?? escaped(node)).join("");
    const attributes = Object.entries(this.#attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
    return `<${this.#name}${attributes.join("")}>${inside}${["br", "hr"].includes(this.#name) ? "" : `</${this.#name}>`}`;
  }
}

globalThis.document = {
  createElement: (name) => new Element(name),
  createDocumentFragment: () => new Element(""),
};

const made = JSON.parse(readFileSync(0, "utf-8")).map((text) => {
  const whole = mended(text);
  return [whole, blocks(whole, "#source-").map(({ element }) => element.outerHTML).join("")];
});
process.stdout.write(JSON.stringify(made));
