// @ts-check
/**
 * A text field that finds things: [data-listbox] names its list by aria-controls; arrows move, Enter takes, and the first answer
 * is ready at once, so that two characters and Enter are enough.
 */

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
    all[at]?.click();
  } else if (event.key === "Escape" && input.value && !input.closest("dialog")) {
    input.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  const filled = /** @type {Element} */ (event.target);
  for (const input of document.querySelectorAll("[data-listbox]")) {
    if (input instanceof HTMLInputElement && filled.id && filled.id === input.getAttribute("aria-controls")) activate(input, 0);
  }
});
