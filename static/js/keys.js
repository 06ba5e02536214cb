// @ts-check
/**
 * Keys: [data-key="r"], "Shift+X", "Ctrl+k" or "g n" (one after the other) presses that button or link. Keys of an open dialog
 * shadow the page's, unless [data-keys-through] is in it. Single letters can be switched off (WCAG 2.1.4). [data-keys-list] lists what is bound on this page.
 */
import { isTyping, isVisible } from "./page.js";

const STORE = "tieline.letters";
const PATIENCE = 1200;
let first = "";
let forget = 0;

export const lettersOff = () => localStorage.getItem(STORE) === "off";

/** @param {KeyboardEvent} event */
function spoken(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const letter = /^[a-z]$/.test(key);
  return [event.ctrlKey || event.metaKey ? "ctrl" : "", event.altKey ? "alt" : "", event.shiftKey && (letter || key.length > 1) ? "shift" : "", key]
    .filter(Boolean).join("+").toLowerCase();
}

/** The dialog on top, unless it only tells how something ended: then the next thing may be begun without closing it. */
function scope() {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  return dialog && !dialog.querySelector("[data-keys-through]") ? dialog : document;
}

/** @param {string} keys @returns {HTMLElement | undefined} */
function bound(keys) {
  const named = [...scope().querySelectorAll("[data-key]")].filter((element) => (element.getAttribute("data-key") ?? "").toLowerCase().split("|").includes(keys));
  return /** @type {HTMLElement | undefined} */ (named.find((element) => isVisible(element) || element.hasAttribute("data-key-hidden")));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const keys = spoken(event);
  const plain = !keys.includes("ctrl+") && !keys.includes("alt+") && event.key.length === 1;
  if (plain && (isTyping(event.target) || (lettersOff() && /[a-z]/.test(event.key)))) return;
  if (event.key === "Enter" && !keys.includes("ctrl+")) return; // Enter belongs to the focused control
  if (isTyping(event.target) && !keys.includes("ctrl+") && !/^f\d+$/.test(keys)) return;
  const element = (first && bound(`${first} ${keys}`)) || bound(keys);
  clearTimeout(forget);
  first = !element && plain && keys === "g" ? keys : "";
  if (first) forget = window.setTimeout(() => { first = ""; }, PATIENCE);
  if (!element) return;
  event.preventDefault();
  if (element.matches(":disabled, [aria-disabled=true]")) return;
  if (element.matches("input, select, textarea")) element.focus();
  else element.click();
});

/** @param {HTMLElement} list */
function fill(list) {
  const rows = [...document.querySelectorAll("[data-key]")].filter((element) => isVisible(element) || element.hasAttribute("data-key-hidden"));
  const lines = rows.map((element) => [element.getAttribute("data-key") ?? "", element.getAttribute("data-key-label") ?? element.getAttribute("aria-label") ?? (element.textContent ?? "").trim()]);
  for (const fixed of document.querySelectorAll("[data-key-note]")) lines.push(...(fixed.getAttribute("data-key-note") ?? "").split("; ").map((note) => note.split(": ")));
  list.replaceChildren(...lines.filter(([, label]) => label).flatMap(([keys, label]) => {
    const term = document.createElement("dt"), words = document.createElement("dd");
    for (const key of keys.split(/[| ]/)) {
      const mark = document.createElement("kbd");
      mark.textContent = key.replace(/(^|\+)([a-z])/g, (_, plus, letter) => plus + letter.toUpperCase());
      term.append(mark, " ");
    }
    words.textContent = label.replace(/\s+/g, " ");
    return [term, words];
  }));
}

document.addEventListener("toggle", (event) => {
  if (!(event.target instanceof HTMLDialogElement) || !event.target.open) return;
  const list = event.target.querySelector("[data-keys-list]");
  if (list instanceof HTMLElement) fill(list);
}, true);

const box = document.querySelector("[data-letters]");
if (box instanceof HTMLInputElement) {
  box.checked = !lettersOff();
  box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
}
