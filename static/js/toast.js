// @ts-check
/** Short messages that go away, with an undo where there is one. The server sends them as HX-Trigger: {"toast": {text, tone, undo}}. */
import { ask } from "./page.js";
import { gettext } from "./words.js";

const SHOWN = 6000;
const UNDO = 10000;

/** @param {string} text @param {string} [tone] "", "warning" or "error" @param {string} [undo] address that takes it back */
export function toast(text, tone = "", undo = "") {
  const place = document.querySelector("[data-toasts]");
  if (!(place instanceof HTMLElement)) return;
  const item = document.createElement("div");
  item.className = "toast";
  item.dataset.tone = tone;
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = text;
  item.append(words);
  if (undo) {
    item.append(button(gettext("Undo"), () => { item.remove(); ask("POST", undo, { swap: "none", source: document.body }); }));
  }
  item.append(button(gettext("Close"), () => item.remove()));
  place.append(item);
  place.hidePopover(); // shown again, it stands above a dialog that was opened since
  place.showPopover();
  if (tone !== "error") setTimeout(() => item.remove(), undo ? UNDO : SHOWN);
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener("click", act);
  return element;
}

document.body.addEventListener("toast", (event) => {
  const { text = "", tone = "", undo = "" } = /** @type {CustomEvent} */ (event).detail;
  toast(text, tone, undo);
});
