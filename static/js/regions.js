import { localise } from "./times.js";

/**
 * Brings the page's live regions up to the server's newest HTML by changing only what differs, so that focus,
 * selection, scroll places and opened details stay with the reader.
 *
 * An element keeps its identity by `data-key`, `data-live` or `id`; where `data-rev` is equal on both sides it is
 * left alone. What carries `data-own` belongs to scripts and is never touched.
 */

const READERS_OWN = new Set(["open"]); // on <details>: the reader's choice, whatever the server drew

/**
 * Change every outermost [data-live] element of `page` into its namesake in `html`.
 * @param {ParentNode} page @param {string} html
 */
export function renew(page, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  localise(fresh);
  for (const region of fresh.querySelectorAll("[data-live]")) {
    if (region.parentElement.closest("[data-live]")) continue;
    const old = page.querySelector(`[data-live="${CSS.escape(region.dataset.live)}"]`);
    if (old) reconcile(old, region);
  }
}

/** Bring what is inside an element up to `html`. @param {Element} region @param {string} html */
export function fill(region, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  localise(fresh);
  // White space around the part is the parser's to keep or drop; its elements would not find each other over it.
  for (const side of [region, fresh.body]) for (const node of [...side.childNodes]) if (isBlank(node)) node.remove();
  reconcileChildren(region, fresh.body);
}

function isBlank(node) {
  return node.nodeType === Node.TEXT_NODE && node.nodeValue.trim() === "";
}

/** Change `old` into `fresh`, both elements of the same name. @param {Element} old @param {Element} fresh */
export function reconcile(old, fresh) {
  if (old.hasAttribute("data-own") || old.isEqualNode(fresh) || sameRevision(old, fresh)) return;
  copyAttributes(old, fresh);
  reconcileChildren(old, fresh);
}

function sameRevision(old, fresh) {
  return old.hasAttribute("data-rev") && old.getAttribute("data-rev") === fresh.getAttribute("data-rev");
}

function copyAttributes(old, fresh) {
  const kept = old.nodeName === "DETAILS" ? READERS_OWN : new Set();
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !kept.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !kept.has(name)) old.setAttribute(name, value);
  }
}

function reconcileChildren(old, fresh) {
  const wanted = new Set();
  for (const child of fresh.children) if (identity(child)) wanted.add(identity(child));
  const known = new Map();
  for (const child of [...old.children]) {
    const key = identity(child);
    if (key === "") continue;
    if (wanted.has(key) && !known.has(key)) known.set(key, child);
    else child.remove();
  }

  let place = old.firstChild;
  for (const want of [...fresh.childNodes]) {
    const found = counterpart(want, place, known);
    if (found === null) {
      old.insertBefore(document.importNode(want, true), place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else old.insertBefore(found, place);
    if (found.nodeType === Node.ELEMENT_NODE) reconcile(found, want);
    else if (found.nodeValue !== want.nodeValue) reword(found, want.nodeValue);
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

// Words that only grew keep what is selected in them.
function reword(node, words) {
  if (words.startsWith(node.nodeValue)) node.appendData(words.slice(node.length));
  else node.nodeValue = words;
}

/** The node of the page that should become `want`: its namesake, or whatever like it stands at the place. */
function counterpart(want, place, known) {
  const key = identity(want);
  if (key !== "") {
    const found = known.get(key);
    if (found === undefined || found.nodeName !== want.nodeName) return null;
    known.delete(key);
    return found;
  }
  return place !== null && place.nodeName === want.nodeName && identity(place) === "" ? place : null;
}

function identity(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  return node.getAttribute("data-key") ?? node.getAttribute("data-live") ?? node.id;
}
