// @ts-check
/** [data-device-panel]: shows the chosen element, and again when devices or outages change. Its address comes from the page. */
import { ask } from "./page.js";

const panel = document.querySelector("[data-device-panel]");
let branch = -1;
let due = 0;

function load() {
  if (!(panel instanceof HTMLElement) || branch < 0 || document.body.hasAttribute("data-as-it-was")) return; // the past has its own panel
  const url = new URL(panel.dataset.devicePanel ?? "", location.href);
  url.searchParams.set("branch", String(branch));
  ask("GET", url.pathname + url.search, { target: panel, swap: "innerHTML", source: panel });
}

/** Not while somebody types a note or holds a menu open in it. */
function reload() {
  clearTimeout(due);
  if (panel?.querySelector("textarea:focus, input:focus, details.menu[open]")) { due = window.setTimeout(reload, 1000); return; }
  load();
}

if (panel) {
  document.body.addEventListener("tieline:select", (event) => {
    ({ branch } = /** @type {CustomEvent} */ (event).detail);
    const url = new URL(location.href);
    url.searchParams.set("branch", String(branch));
    history.replaceState(history.state, "", url);
    load();
  });
  for (const topic of ["devices", "outages"]) document.body.addEventListener(`tieline:${topic}`, reload);
}
