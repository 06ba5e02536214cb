// @ts-check
/**
 * When a panel is fetched again, what a person has opened in it stays open (details with an id), lists stay scrolled, and the focus
 * stays where it was: at what has the same id, or the same words.
 */
import { focusAgain, focusedWithin } from "./page.js";

/** @type {Set<string>} */
let unfolded = new Set();
/** @type {number[]} */
let scrolled = [];
/** What had the focus within what is replaced. */
let focused = "";

/** @param {Element} target */
const scrollers = (target) => [...target.querySelectorAll(".scroll")];

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (!(target instanceof Element)) return;
  unfolded = new Set([...target.querySelectorAll("details[id][open]")].map((details) => details.id));
  scrolled = scrollers(target).map((list) => list.scrollTop);
  focused = focusedWithin(target);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (!(target instanceof Element)) return;
  for (const id of unfolded) target.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  scrollers(target).forEach((list, i) => { list.scrollTop = scrolled[i] ?? 0; });
  focusAgain(target, focused);
});
