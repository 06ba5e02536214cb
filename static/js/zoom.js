// @ts-check
/**
 * Charts that can be zoomed, [data-zoom=address]: a drag over bars [data-from][data-to] fetches their days; what the bar under
 * the pointer or the focus stands for is written beside, [data-told]. Without a pointer the buttons of the card do the same.
 */
import { ask } from "./page.js";

/** @param {Event} event @returns {SVGElement | null} */
const barOf = (event) => (event.target instanceof Element ? event.target.closest("[data-from]") : null);

/** The bar a drag began at. @type {SVGElement | null} */
let first = null;

/** @param {Element} card @param {SVGElement} one @param {SVGElement} other @returns {SVGElement[]} the bars between two, both among them */
export function between(card, one, other) {
  const all = /** @type {SVGElement[]} */ ([...card.querySelectorAll("[data-from]")]);
  const [from, to] = [all.indexOf(one), all.indexOf(other)].sort((a, b) => a - b);
  return from < 0 ? [] : all.slice(from, to + 1);
}

/** @param {string} address @param {SVGElement[]} bars */
export const addressOf = (address, bars) =>
  `${address}&zoom_from=${bars[0].dataset.from}&zoom_to=${bars[bars.length - 1].dataset.to}`;

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const bar = barOf(event) ?? (event.target instanceof Element ? event.target.querySelector("[data-from]") : null);
    const told = event.target instanceof Element && event.target.closest("svg") ? bar?.closest("[data-zoom]")?.querySelector("[data-told]") : null;
    if (told && bar instanceof SVGElement) told.textContent = bar.dataset.words ?? "";
  });
}

document.addEventListener("pointerdown", (event) => { first = event.button === 0 ? barOf(event) : null; });
document.addEventListener("dragstart", (event) => { if (barOf(event)) event.preventDefault(); });
document.addEventListener("pointerup", (event) => {
  const [begun, last] = [first, barOf(event)];
  first = null;
  const card = last?.closest("[data-zoom]");
  if (!begun || !last || begun === last || !card || !card.contains(begun)) return;
  ask("GET", addressOf(card.getAttribute("data-zoom") ?? "", between(card, begun, last)), { target: card, swap: "outerHTML" });
});
