// @ts-check
/**
 * The page's one dialog, [data-dialog]: opens when htmx fills it, closes when emptied, gives up what its content holds.
 * [data-close] closes any dialog, [data-opens="id"] opens one that is already in the page.
 */
import { ask, focusAgain, focusedWithin, onClick } from "./page.js";

/** What had the focus when the dialog was opened: the page under it may be fetched again meanwhile. */
let opener = "";

/** @param {Element} dialog */
function focusFirst(dialog) {
  const wanted = dialog.querySelector("[autofocus]");
  if (wanted instanceof HTMLElement) wanted.focus();
}

/** @param {HTMLDialogElement} dialog */
function show(dialog) {
  dialog.dataset.size = dialog.querySelector("[data-size]")?.getAttribute("data-size") ?? "";
  if (!dialog.open) {
    opener = focusedWithin(document.body);
    dialog.showModal();
  }
  focusFirst(dialog);
}

document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (!(target instanceof HTMLDialogElement)) return;
  if (target.firstElementChild) show(target);
  else target.close();
});
// A dialog asked for by its bare address comes filled.
const filled = document.querySelector("dialog[data-dialog]:has(> *)");
if (filled instanceof HTMLDialogElement) show(filled);

document.addEventListener("close", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || !dialog.hasAttribute("data-dialog")) return;
  const held = dialog.querySelector("[data-release]");
  if (held instanceof HTMLElement && held.dataset.release) ask("POST", held.dataset.release, { swap: "none", source: document.body });
  dialog.replaceChildren();
  focusAgain(document.body, opener);
}, true);

onClick("[data-close]", (button) => button.closest("dialog")?.close());
onClick("[data-opens]", (button) => {
  const dialog = document.getElementById(button.dataset.opens ?? "");
  if (dialog instanceof HTMLDialogElement && !dialog.open) { dialog.showModal(); focusFirst(dialog); }
});
// A click on the backdrop closes what can be looked up again, never a dialog that is about to act.
onClick("dialog[data-light]", (dialog, event) => { if (event.target === dialog) /** @type {HTMLDialogElement} */ (dialog).close(); });
document.body.addEventListener("tieline:close-dialog", () => /** @type {HTMLDialogElement | null} */ (document.querySelector("dialog[data-dialog][open]"))?.close());
