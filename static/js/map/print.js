// @ts-check
/** [data-map-print]: a link to the map as PDF, of the part that is on screen when it is pressed. */
import { about } from "../page.js";

document.addEventListener("click", (event) => {
  const link = about(event, "[data-map-print]");
  const host = document.querySelector("[data-network-map]");
  const map = host && /** @type {{ networkMap?: { view: import("./view.js").View } }} */ (/** @type {unknown} */ (host)).networkMap;
  if (!(link instanceof HTMLAnchorElement) || !map) return;
  const { left, right, top, bottom } = map.view.box();
  const address = new URL(link.href);
  address.searchParams.set("box", [left, bottom, right, top].map((step) => step.toFixed(1)).join(","));
  link.href = address.href;
  const menu = link.closest("details");
  if (menu) menu.open = false;
}, true);
