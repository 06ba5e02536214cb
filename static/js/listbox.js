// @ts-check
/**
 * A text field that finds things: [data-listbox] names its list by aria-controls; arrows move, Enter takes, and the first answer
 * is ready at once, so that two characters and Enter are enough. An Enter that comes before the answer to what was typed waits for
 * it: what is still shown belongs to an earlier text.
 */
/** What each field asked for, what its list answers, and whether Enter waits. @type {WeakMap<HTMLInputElement, {asked: string, shown: string, taken: boolean}>} */
const states = new WeakMap();

/** @param {HTMLInputElement} input */
function state(input) {
  const known = states.get(input) ?? { asked: "", shown: "", taken: false };
  states.set(input, known);
  return known;
}

/** @param {HTMLInputElement} input @returns {HTMLElement[]} */
function options(input) {
  const list = document.getElementById(input.getAttribute("aria-controls") ?? "");
  return list ? /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]) : [];
}

/** @param {HTMLInputElement} input @param {number} at */
function activate(input, at) {
  const all = options(input);
  input.setAttribute("aria-expanded", String(all.length > 0));
  all.forEach((option, i) => {
    option.id ||= `${input.id}-option-${i}`;
    option.setAttribute("aria-selected", String(i === at));
  });
  if (!all[at]) { input.removeAttribute("aria-activedescendant"); return; }
  input.setAttribute("aria-activedescendant", all[at].id);
  all[at].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.hasAttribute("data-listbox")) return;
  const all = options(input);
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (all.length) activate(input, (at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length);
  } else if (event.key === "Enter") {
    event.preventDefault(); // never submits the form around it
    if (state(input).shown === input.value) all[at]?.click();
    else state(input).taken = true;
  } else if (event.key === "Escape" && input.value) {
    const dialog = input.closest("dialog");
    if (dialog) { // the browser would only empty the field
      event.preventDefault();
      if (dialog.dispatchEvent(new Event("cancel", { cancelable: true }))) dialog.close();
      return;
    }
    input.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.hasAttribute("data-listbox")) state(event.target).taken = false;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = /** @type {CustomEvent} */ (event).detail;
  if (elt instanceof HTMLInputElement && elt.hasAttribute("data-listbox")) state(elt).asked = elt.value;
});

document.addEventListener("htmx:afterSettle", (event) => {
  const filled = /** @type {Element} */ (event.target);
  for (const input of document.querySelectorAll("[data-listbox]")) {
    if (!(input instanceof HTMLInputElement) || !document.getElementById(input.getAttribute("aria-controls") ?? "")?.contains(filled)) continue;
    state(input).shown = state(input).asked;
    input.dispatchEvent(new CustomEvent("tieline:listed", { bubbles: true }));
    activate(input, 0);
    if (state(input).taken && state(input).shown === input.value) options(input)[0]?.click();
    state(input).taken = false;
  }
});
