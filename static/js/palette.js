// @ts-check
/**
 * The palette, dialog[data-palette]: what the server finds (find.py), between what this person chose lately and the keys of the page
 * behind it. A command of the page is its own button, pressed: what asks first there asks first here.
 */
import { htmx, isVisible } from "./page.js";

const MOST = 6;
const dialog = /** @type {HTMLDialogElement | null} */ (document.querySelector("dialog[data-palette]"));
const input = /** @type {HTMLInputElement | null} */ (dialog?.querySelector("[data-listbox]"));
const recent = /** @type {HTMLElement | null} */ (dialog?.querySelector("[data-palette-recent]"));
const here = /** @type {HTMLElement | null} */ (dialog?.querySelector("[data-palette-here]"));
// Of each person alone, and never a customer: a console is shared, and what is kept here outlives the session.
const STORE = `tieline.recent.${dialog?.dataset.palette ?? ""}`;

/** @typedef {{ kind: string, name: string, about: string, url: string }} Kept */

/** @returns {Kept[]} */
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one?.url === "string" && /^\/(?!\/)/.test(one.url)) : [];
  } catch { return []; }
}

/** @param {HTMLElement} option @param {string} kind @param {string} name @param {string} about */
function words(option, kind, name, about) {
  option.className = "option";
  option.tabIndex = -1;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  const [first, second, third] = [document.createElement("span"), document.createElement("b"), document.createElement("span")];
  first.className = "kind"; third.className = "muted";
  first.textContent = kind; second.textContent = name; third.textContent = about;
  option.replaceChildren(first, second, third);
  return option;
}

/** Keys and buttons of the page behind, as far as they can be pressed now and are not the frame's own. @param {string} text */
function pressable(text) {
  const found = [...document.querySelectorAll("main [data-key], .menu-sheet button[data-key]")];
  return /** @type {HTMLElement[]} */ (found.filter((element) => element instanceof HTMLElement && label(element).toLowerCase().includes(text)
    && (isVisible(element) || element.hasAttribute("data-key-hidden")) && !element.matches(":disabled, [aria-disabled=true]")));
}

/** @param {HTMLElement} element */
const label = (element) => (element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent ?? "").replace(/\s+/g, " ").trim();

/** @param {string} keys */
const spoken = (keys) => keys.split("|")[0].replace(/(^|[+ ])([a-z])/g, (_, before, letter) => before + letter.toUpperCase());

/** Fills what the page itself knows; the server's part between stays. */
function fill() {
  if (!dialog || !input || !recent || !here) return;
  const text = input.value.trim().toLowerCase().replace(/^>\s*/, "");
  const lately = input.value.trim() ? [] : kept();
  recent.replaceChildren(...lately.map((one) => {
    const link = /** @type {HTMLAnchorElement} */ (words(document.createElement("a"), recent.getAttribute("aria-label") ?? "", one.name, `${one.kind} · ${one.about}`));
    link.href = one.url;
    return link;
  }));
  const found = pressable(text).slice(0, text ? MOST : 2 * MOST);
  here.replaceChildren(...found.map((element) => {
    const option = words(document.createElement("button"), here.dataset.paletteHere ?? "", label(element), spoken(element.dataset.key ?? ""));
    option.addEventListener("click", () => {
      dialog.close();
      if (element.matches("input, select, textarea")) element.focus(); else element.click();
    });
    return option;
  }));
  recent.hidden = !lately.length;
  here.hidden = !found.length;
}

input?.addEventListener("tieline:listed", fill);
dialog?.addEventListener("toggle", () => {
  if (!dialog.open || !input) return;
  input.select();
  htmx()?.trigger(input, "tieline:opened");
});
dialog?.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-recent]") : null;
  if (!(link instanceof HTMLAnchorElement)) return;
  const [kind = "", name = "", about = ""] = [...link.children].map((child) => (child.textContent ?? "").replace(/\s+/g, " ").trim());
  const url = link.getAttribute("href") ?? "";
  localStorage.setItem(STORE, JSON.stringify([{ kind, name, about, url }, ...kept().filter((one) => one.url !== url)].slice(0, MOST)));
});
