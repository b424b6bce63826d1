/**
 * Times in the reader's zone: every time[datetime] shows the moment in the same form as the server wrote it (with or
 * without day, year, seconds), and on hover in UTC. Times without a zone in `datetime` are left as they are.
 */

const ZONED = /T\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/;
const CLOCK = /\d\d?:\d\d/;
const SECONDS = /\d\d?:\d\d:\d\d/;
const YEAR = /\b\d{4}\b/;
const DAY = /\p{L}/u;

/** Bring every time of the page into the reader's zone. @param {ParentNode} page */
export function localise(page, now = new Date(), zone = undefined) {
  for (const time of page.querySelectorAll("time[datetime]")) {
    const iso = time.getAttribute("datetime");
    if (time.title !== "" || !ZONED.test(iso)) continue;
    const at = new Date(iso);
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = inZone(at, time.textContent, now, zone);
    time.title = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  }
}

/** The moment in a form like that of `like`. @param {Date} at @param {string} like @param {Date} now @param {string} [zone] */
export function inZone(at, like, now, zone = undefined) {
  const short = like.trim();
  // A time of day stands alone where it is today's: there as here.
  const day = DAY.test(short) || date(at, zone) !== date(now, zone);
  const format = {
    timeZone: zone,
    hourCycle: "h23",
    ...(day && { day: "numeric", month: "short" }),
    ...(YEAR.test(short) && { year: "numeric" }),
    ...(CLOCK.test(short) && { hour: "2-digit", minute: "2-digit" }),
    ...(SECONDS.test(short) && { second: "2-digit" }),
  };
  return new Intl.DateTimeFormat("en-GB", format).format(at);
}

function date(at, zone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(at);
}
