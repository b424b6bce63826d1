/**
 * The steps of a component, fetched when its line is opened: every details[data-steps], whose address that is. The
 * list stands in its [data-own] child. Without this script a link there leads to the same list on a page of its own.
 */

const TIMEOUT_MS = 10_000;

export class OpenedSteps {
  #root;
  #shown = new WeakMap(); // by details: the revision of the line that its list was fetched for

  /** @param {HTMLElement} root the element around the run's live regions */
  constructor(root) {
    this.#root = root;
    // `toggle` does not bubble.
    root.addEventListener("toggle", (event) => event.target.open && this.#show(event.target), true);
    root.addEventListener("click", (event) => this.#more(event));
  }

  /** The server's HTML was put on the page: lists whose line has changed are fetched anew. */
  renew() {
    for (const details of this.#root.querySelectorAll("details[data-steps][open]")) this.#show(details);
  }

  async #show(details) {
    const { steps, stepsRev } = details.dataset;
    if (steps === undefined || this.#shown.get(details) === stepsRev) return;
    this.#shown.set(details, stepsRev);
    const list = details.querySelector("[data-own]");
    // More than the first page has been fetched: it stays as it is, and the line above tells what is new.
    if (list.querySelectorAll("ol").length > 1) return;
    try {
      list.replaceChildren(await fetched(steps));
    } catch (error) {
      this.#shown.delete(details);
      console.warn("The steps could not be fetched; the link leads to them.", error);
    }
  }

  async #more(event) {
    const link = event.target.closest?.("a[data-more]");
    if (link === null || link === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const next = await fetched(link.dataset.more);
      const first = next.querySelector("li");
      link.parentElement.replaceWith(next);
      // The link that had the focus is gone: who uses the keyboard goes on at what has come.
      first?.setAttribute("tabindex", "-1");
      first?.focus();
    } catch {
      location.assign(link.href);
    }
  }
}

async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok || answer.redirected) throw new Error(`The server answered ${answer.status}.`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = document.createDocumentFragment();
  part.append(...page.body.childNodes);
  return part;
}
