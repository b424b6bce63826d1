/**
 * Browser notifications when a run ends in a tab that nobody looks at.
 *
 * Permission is asked for by a click on [data-notify] and never otherwise; once given, every run's page shows its
 * end. The button is not shown where the browser has no notifications.
 */

const WORDS = { completed: "Done.", failed: "Stopped by an error.", cancelled: "Stopped." };
const ON = "This browser will notify you when a run ends while its tab is in the background.";
const REFUSED = "This browser blocks notifications. You can allow them in its settings for this site.";

/** Make the page's button work. @param {ParentNode} page */
export function offerNotifications(page = document) {
  const button = page.querySelector("[data-notify]");
  if (button === null || !("Notification" in window)) return;
  const word = page.querySelector("[data-notify-word]");
  const show = () => {
    button.hidden = Notification.permission !== "default";
    if (Notification.permission === "granted") word.textContent = ON;
    if (Notification.permission === "denied") word.textContent = REFUSED;
  };
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    show();
  });
  show();
}

/** Watches one run, and notifies once of each end that comes while the tab is hidden. */
export class EndNotifier {
  #run;
  #ended;

  /** @param {string} run @param {import("./fold.js").State} state what the page was drawn from */
  constructor(run, state) {
    this.#run = run;
    this.#ended = state.run_status in WORDS;
  }

  /** The run's state has changed. @param {import("./fold.js").State} state */
  take(state) {
    const ended = state.run_status in WORDS;
    const news = ended && !this.#ended;
    this.#ended = ended;
    if (!news || !document.hidden) return;
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    // Several tabs of one run share the tag, so that the end is shown once.
    const shown = new Notification(state.title, { body: WORDS[state.run_status], tag: `run-${this.#run}` });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
    });
  }
}
