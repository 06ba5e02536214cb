// @ts-check
/** The crew board: a crew's card dragged onto a lane asks for the same move as its menu does. */
import { about, ask } from "./page.js";

let carried = "";

document.addEventListener("dragstart", (event) => {
  const card = about(event, "[data-crew]");
  if (!card || !event.dataTransfer) return;
  carried = card.dataset.crew ?? "";
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", carried);
});

document.addEventListener("dragover", (event) => {
  const lane = about(event, "[data-lane]");
  if (!lane || !carried) return;
  event.preventDefault();
  lane.dataset.over = "";
});

for (const name of ["dragleave", "drop", "dragend"]) {
  document.addEventListener(name, () => { for (const lane of document.querySelectorAll("[data-lane][data-over]")) lane.removeAttribute("data-over"); });
}

document.addEventListener("drop", (event) => {
  const lane = about(event, "[data-lane]");
  if (!lane || !carried) return;
  event.preventDefault();
  const board = lane.closest("[data-board]");
  ask("POST", lane.dataset.move ?? "", { values: { crew: carried, to: lane.dataset.lane }, target: board, swap: "innerHTML", source: board });
  carried = "";
});
