// @ts-check
/**
 * Tables to work in, [data-rows]: a click anywhere on a [data-row] presses its [data-primary]; up and down (also J and K) go
 * from row to row, from anywhere on the page to its first table; the chosen row stays marked when the table is fetched again.
 * Who shows what is known of a row, [data-of-rows] with [data-of-row], marks it there.
 */
import { lettersOff } from "./keys.js";
import { about, isTyping } from "./page.js";

/** @type {Map<string, string>} chosen row by table */
const chosen = new Map();

/** @param {Element} table */
function mark(table) {
  const wanted = chosen.get(table.getAttribute("data-rows") ?? "");
  if (wanted === undefined) return;
  for (const row of table.querySelectorAll("[data-row]")) row.toggleAttribute("data-selected", row.getAttribute("data-row") === wanted);
}

/** A row is chosen without being pressed. @param {Element} row */
export function choose(row) {
  const table = row.closest("[data-rows]");
  if (!table) return;
  chosen.set(table.getAttribute("data-rows") ?? "", row.getAttribute("data-row") ?? "");
  mark(table);
}

document.addEventListener("click", (event) => {
  const row = about(event, "[data-row]");
  const table = row?.closest("[data-rows]");
  if (!row || !table) return;
  const primary = row.querySelector("[data-primary]");
  const control = about(event, "a, button, input, select, summary, label");
  if (control && control !== primary) return;
  choose(row);
  if (!control && primary instanceof HTMLElement && !String(getSelection())) primary.click();
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (!step || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  const isNowhere = event.target === document.body && event.key.length === 1 && !lettersOff() && !document.querySelector("dialog[open]");
  const table = about(event, "[data-rows]") ?? (isNowhere ? document.querySelector("[data-rows]") : null);
  const row = about(event, "[data-row]") ?? table?.querySelector("[data-row][data-selected]");
  if (!table || (!row && !isNowhere)) return;
  const all = [...table.querySelectorAll("[data-primary]")];
  const at = all.findIndex((one) => row?.contains(one));
  const next = all[at < 0 ? 0 : at + step];
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
});

/** Which row held the focus before its table was replaced. @type {{ rows: string, row: string } | null} */
let held = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  const row = document.activeElement?.closest("[data-row]"), table = row?.closest("[data-rows]");
  held = row && table && target instanceof Element && (target.contains(row)) ? { rows: table.getAttribute("data-rows") ?? "", row: row.getAttribute("data-row") ?? "" } : null;
});
function markShown() {
  for (const one of document.querySelectorAll("[data-of-rows]")) chosen.set(one.getAttribute("data-of-rows") ?? "", one.getAttribute("data-of-row") ?? "");
}
markShown();
document.addEventListener("htmx:afterSettle", () => {
  markShown();
  for (const table of document.querySelectorAll("[data-rows]")) mark(table);
  if (!held) return;
  const again = document.querySelector(`[data-rows="${CSS.escape(held.rows)}"] [data-row="${CSS.escape(held.row)}"] [data-primary]`);
  if (again instanceof HTMLElement && document.activeElement === document.body) again.focus();
  held = null;
});

/** Marks the row of what was chosen elsewhere, on the map for instance. */
document.body.addEventListener("tieline:select", (event) => {
  const { outage } = /** @type {CustomEvent} */ (event).detail;
  if (!outage) return;
  for (const table of document.querySelectorAll("[data-rows]")) {
    if (!table.querySelector(`[data-row="${CSS.escape(outage)}"]`)) continue;
    chosen.set(table.getAttribute("data-rows") ?? "", outage);
    mark(table);
  }
});
