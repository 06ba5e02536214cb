// @ts-check
/**
 * When a panel is fetched again, what a person has opened in it stays open (details with an id), lists stay scrolled, and the focus
 * stays where it was: at what has the same id, or the same words. In [data-keep-typed] what was typed or chosen and not sent stays, too.
 */
import { focusAgain, focusedWithin } from "./page.js";

/** @type {Set<string>} */
let unfolded = new Set();
/** @type {number[]} */
let scrolled = [];
/** What had the focus within what is replaced. */
let focused = "";
/** The same within what comes beside it (hx-swap-oob). */
let focusedBeside = "";

/** @type {Map<string, string>} what was typed, by the id of its field */
let typed = new Map();

/** Fields in which somebody has typed or chosen something. @param {Element} target */
function typedIn(target) {
  /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */
  const texts = target.querySelectorAll("input[id]:not([type=hidden], [type=checkbox]), textarea[id]");
  const found = new Map([...texts].filter((one) => one.value !== one.defaultValue).map((one) => [one.id, one.value]));
  for (const one of target.querySelectorAll("select[id]")) {
    if (one instanceof HTMLSelectElement && !one.selectedOptions[0]?.defaultSelected && one.selectedIndex > 0) found.set(one.id, one.value);
  }
  return found;
}

/** Whether nothing was changed by what was sent. @param {Event} event */
const refused = (event) => /** @type {CustomEvent} */ (event).detail.xhr.status >= 400;

/** @param {Element} target */
const scrollers = (target) => [...target.querySelectorAll(".scroll")];

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = /** @type {CustomEvent} */ (event).detail;
  if (!(target instanceof Element)) return;
  const keeps = target.matches("[data-keep-typed]") && (requestConfig.verb === "get" || refused(event));
  typed = keeps ? typedIn(target) : new Map();
  unfolded = new Set([...target.querySelectorAll("details[id][open]")].map((details) => details.id));
  scrolled = scrollers(target).map((list) => list.scrollTop);
  focused = focusedWithin(target);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (!(target instanceof Element)) return;
  for (const [id, value] of typed) {
    const field = target.querySelector(`#${CSS.escape(id)}`);
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) field.value = value;
  }
  for (const id of unfolded) target.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  scrollers(target).forEach((list, i) => { list.scrollTop = scrolled[i] ?? 0; });
  focusAgain(target, focused);
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (target instanceof Element) focusedBeside = focusedWithin(target);
});

document.addEventListener("htmx:oobAfterSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (target instanceof Element) focusAgain(target, focusedBeside);
});
