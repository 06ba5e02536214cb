// @ts-check
/** What a person has opened stays open, and lists stay scrolled, when a panel is fetched again: details with an id. */

/** @type {Set<string>} */
let unfolded = new Set();
/** @type {number[]} */
let scrolled = [];

/** @param {Element} target */
const scrollers = (target) => [...target.querySelectorAll(".scroll")];

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (!(target instanceof Element)) return;
  unfolded = new Set([...target.querySelectorAll("details[id][open]")].map((details) => details.id));
  scrolled = scrollers(target).map((list) => list.scrollTop);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (!(target instanceof Element)) return;
  for (const id of unfolded) target.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  scrollers(target).forEach((list, i) => { list.scrollTop = scrolled[i] ?? 0; });
});

export {};
