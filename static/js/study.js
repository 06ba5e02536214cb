// @ts-check
/** The page of a study: the chosen element comes from the study, and after each action the map shows its states anew. */
import { parseState } from "./map/format.js";
import { ask, tell } from "./page.js";
import { toast } from "./toast.js";
import { gettext } from "./words.js";

const panel = document.querySelector("[data-study-device]");
const map = document.querySelector("[data-network-map][data-states]");
let branch = Number(new URLSearchParams(location.search).get("branch") ?? -1);

function loadDevice() {
  if (!(panel instanceof HTMLElement) || branch < 0) return;
  ask("GET", `${panel.dataset.studyDevice}?branch=${branch}`, { target: panel, swap: "innerHTML", source: panel });
}

async function showStates() {
  if (!(map instanceof HTMLElement)) return;
  const answer = await fetch(map.dataset.states ?? "", { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) { toast(gettext("The map could not be fetched anew: load the page again."), "error"); return; }
  tell("tieline:then", { states: parseState(await answer.arrayBuffer()).states, temporary: [] });
}

document.body.addEventListener("tieline:select", (event) => {
  ({ branch } = /** @type {CustomEvent} */ (event).detail);
  const url = new URL(location.href);
  url.searchParams.set("branch", String(branch));
  history.replaceState(history.state, "", url);
  loadDevice();
});
let answer = answered();

function answered() {
  const shown = document.querySelector("[data-answer]");
  return shown instanceof HTMLElement ? shown.dataset.answer ?? "" : "";
}

document.body.addEventListener("htmx:afterSwap", () => {
  if (answered() === answer) return;
  answer = answered();
  tell("tieline:heat", {});
});
document.body.addEventListener("tieline:study", () => { void showStates(); loadDevice(); });
