// @ts-check
/**
 * A press counts though the part of the page under it is fetched anew, or moves, between pressing and letting go: the browser
 * then tells nobody of a click. The pressed button gets it, or the one that took its place and is the same in every word and address.
 */
import { about } from "./page.js";

const CAN_BE_PRESSED = "button, a[href], summary";
const STILL = 4; // px the pointer may have moved itself

/** @type {{ button: HTMLElement, x: number, y: number } | null} */
let pressed = null;

/** What a button says and does. @param {Element} button */
const meaning = (button) => JSON.stringify(
  [button.tagName, button.textContent?.trim(), ...button.getAttributeNames().filter((name) => name !== "class" && name !== "style").sort().map((name) => `${name}=${button.getAttribute(name)}`)],
);

/** Itself where it still is, else its only twin. @param {HTMLElement} button @returns {HTMLElement | undefined} */
function now(button) {
  if (button.isConnected) return button;
  const wanted = meaning(button);
  const twins = [...document.getElementsByTagName(button.tagName)].filter((one) => meaning(one) === wanted);
  return twins.length === 1 ? /** @type {HTMLElement} */ (twins[0]) : undefined;
}

document.addEventListener("pointerdown", (event) => {
  const button = event.isPrimary && event.button === 0 ? about(event, CAN_BE_PRESSED) : null;
  pressed = button && { button, x: event.clientX, y: event.clientY };
}, true);
document.addEventListener("pointercancel", () => { pressed = null; }, true);
document.addEventListener("pointerup", (event) => {
  const before = pressed;
  pressed = null;
  if (!before || Math.hypot(event.clientX - before.x, event.clientY - before.y) > STILL) return;
  if (before.button.isConnected && event.target instanceof Node && before.button.contains(event.target)) return; // an ordinary click
  now(before.button)?.click();
}, true);
