/**
 * Times that tick: every [data-ticks] element shows how long ago its `data-since` (ISO 8601) was, or how long it is
 * until its `data-until`, in the same words as the server, by the server's clock.
 */

/** "1 min 42 s", as in the line of now. @param {number} seconds */
export function inWords(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** "1:02:09" or "0:31", as beside a step. @param {number} seconds */
export function asClock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

const FORMATS = { words: inWords, clock: asClock };

/** Show the time of now in every ticking element. @param {ParentNode} page @param {number} nowMs */
export function tick(page, nowMs) {
  for (const element of page.querySelectorAll("[data-ticks]")) {
    const { since, until, ticks } = element.dataset;
    const ms = until === undefined ? nowMs - Date.parse(since) : Date.parse(until) - nowMs;
    const text = FORMATS[ticks](ms / 1000);
    if (element.textContent !== text) element.textContent = text;
  }
}
