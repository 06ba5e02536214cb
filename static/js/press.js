// @ts-check
/**
 * A press counts though the part of the page under it is fetched anew between pressing and letting go: the browser then tells
 * nobody of a click, so the button that took the place of the pressed one, and is the same in every word and address, gets it.
 */
import { about } from "./page.js";

const CAN_BE_PRESSED = "button, a[href], summary";

/** @type {HTMLElement | null} */
let pressed = null;

/** What a button says and does. @param {HTMLElement} button */
const meaning = (button) => JSON.stringify(
  [button.tagName, button.textContent?.trim(), ...button.getAttributeNames().filter((name) => name !== "class" && name !== "style").sort().map((name) => `${name}=${button.getAttribute(name)}`)],
);

document.addEventListener("pointerdown", (event) => { pressed = event.isPrimary && event.button === 0 ? about(event, CAN_BE_PRESSED) : null; }, true);
document.addEventListener("pointercancel", () => { pressed = null; }, true);
document.addEventListener("pointerup", (event) => {
  const before = pressed;
  const now = about(event, CAN_BE_PRESSED);
  pressed = null;
  if (!before || before.isConnected || !now || now === before || meaning(now) !== meaning(before)) return;
  now.click();
}, true);
