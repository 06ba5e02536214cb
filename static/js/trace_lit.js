// @ts-check
/**
 * What a trace or a list lights up on the map: a fragment in #map-lit says it in [data-lit] (JSON {branches, stops}). Cleared by Escape, by
 * its button, and when nothing is in it. [data-path-from] remembers where a path begins; the next element chosen is its end.
 */
import { ask, onClick, tell } from "./page.js";
import { toast } from "./toast.js";
import { gettext } from "./words.js";

const card = document.getElementById("map-lit");
let pathFrom = "";

function light() {
  const found = card?.querySelector("[data-lit]");
  if (!card) return;
  card.hidden = !found;
  const told = found instanceof HTMLElement ? JSON.parse(found.dataset.lit ?? "{}") : {};
  tell("tieline:lit", { branches: told.branches ?? [], stops: told.stops ?? [] });
}

function clear() {
  pathFrom = "";
  card?.replaceChildren();
  light();
}

if (card) {
  document.addEventListener("htmx:afterSwap", (event) => { if (/** @type {CustomEvent} */ (event).detail.target === card) light(); });
  onClick("[data-lit-clear], [data-map-clear]", clear);
  onClick("[data-path-from]", (button) => {
    pathFrom = button.dataset.pathFrom ?? "";
    toast(gettext("Choose the element where the path is to end."));
  });
  document.body.addEventListener("tieline:select", (event) => {
    const { branch } = /** @type {CustomEvent} */ (event).detail;
    if (!pathFrom || branch < 0) return;
    const url = `${pathFrom}?to=${branch}`;
    pathFrom = "";
    ask("GET", url, { target: card, swap: "innerHTML", source: card });
  });
}
