/**
 * The form of an outline, made pleasant: sections move, go and come without the server, with the keyboard too
 * (Alt with an arrow). Without this script the same buttons post the form, and it comes back changed.
 */

const said = (form, text) => (form.querySelector("[data-said]").textContent = text);
const sectionsOf = (form) => [...form.querySelectorAll("[data-section]")];
const form = (element) => element.closest?.("form[data-outline]") ?? null;

/** Number the sections anew, in what is seen and in what is heard. */
function number(of) {
  sectionsOf(of).forEach((section, index) => {
    for (const place of section.querySelectorAll("[data-place]")) place.textContent = String(index + 1);
    section.querySelector("[data-called]").textContent = `: ${section.querySelector("[data-heading]").value}`;
    section.querySelectorAll("[data-claims] textarea").forEach((claim, n, all) => {
      const name = n === all.length - 1 && claim.value === "" ? "Another claim" : `Claim ${n + 1}`;
      claim.setAttribute("aria-label", `${name} of section ${index + 1}`);
    });
  });
}

function move(section, by, focus) {
  const of = form(section);
  const other = by < 0 ? section.previousElementSibling : section.nextElementSibling;
  if (other === null) return said(of, by < 0 ? "This is the first section." : "This is the last section.");
  other[by < 0 ? "before" : "after"](section);
  number(of);
  focus.focus();
  section.scrollIntoView({ block: "nearest" });
  const all = sectionsOf(of);
  said(of, `Section ${all.indexOf(section) + 1} of ${all.length} now: ${section.querySelector("[data-heading]").value}`);
}

function remove(section) {
  const of = form(section);
  const next = section.nextElementSibling ?? section.previousElementSibling;
  const called = section.querySelector("[data-heading]").value;
  section.remove();
  number(of);
  (next?.querySelector("[data-heading]") ?? of.querySelector("[value=add]")).focus();
  said(of, `Removed: ${called}`);
}

/** A new section is the last one's copy, emptied, under a number of its own. One too many is for the server to refuse. */
function add(of) {
  const all = sectionsOf(of);
  const last = all.at(-1);
  if (last === undefined || all.length >= of.dataset.most) return false;
  const [old, key] = [last.dataset.section, 1 + Math.max(...all.map((section) => Number(section.dataset.section)))];
  const fresh = last.cloneNode(true);
  const renamed = (text) => text.replaceAll(`-${old}-`, `-${key}-`).replace(new RegExp(`^${old}-`), `${key}-`).replace(new RegExp(`-${old}$`), `-${key}`);
  for (const element of [fresh, ...fresh.querySelectorAll("*")]) {
    for (const name of ["id", "for", "name", "aria-labelledby"]) {
      if (element.hasAttribute(name)) element.setAttribute(name, renamed(element.getAttribute(name)));
    }
    if (element.matches("button")) element.value = renamed(element.value);
  }
  fresh.dataset.section = String(key);
  fresh.querySelector("[name=section]").value = String(key);
  for (const gone of fresh.querySelectorAll("[data-claims] li:not(:last-child), .wrong, [data-claims] small")) gone.remove();
  for (const field of fresh.querySelectorAll("textarea, input:not([name=section])")) field.value = field.defaultValue = "";
  fresh.querySelector("fieldset").removeAttribute("aria-describedby");
  for (const wrong of fresh.querySelectorAll(".field-wrong")) wrong.classList.remove("field-wrong");
  last.after(fresh);
  number(of);
  fresh.querySelector("[data-heading]").focus();
  said(of, `Section ${all.length + 1} added.`);
  return true;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("form[data-outline] button[name=do]");
  if (!button) return;
  const [act] = button.value.split("-");
  const section = button.closest("[data-section]");
  if (act === "up" || act === "down") move(section, act === "up" ? -1 : 1, button);
  else if (act === "remove") remove(section);
  else if (act !== "add" || !add(button.form)) return;
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const section = event.target.closest?.("form[data-outline] [data-section]");
  if (section && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    move(section, event.key === "ArrowUp" ? -1 : 1, event.target);
  } else if (event.key === "Enter" && form(event.target) && event.target.matches("input")) {
    event.preventDefault(); // a heading is done, not the outline
  }
});

// The last line of claims is always an empty one.
document.addEventListener("input", (event) => {
  const claims = event.target.closest?.("form[data-outline] [data-claims]");
  if (!claims || event.target.value === "" || event.target.closest("li") !== claims.lastElementChild) return;
  if (claims.children.length >= form(claims).dataset.mostClaims) return;
  const line = claims.lastElementChild.cloneNode(true);
  for (const field of line.querySelectorAll("textarea, input")) field.value = field.defaultValue = "";
  claims.append(line);
  number(form(claims));
});
