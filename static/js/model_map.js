// @ts-check
/** The map of a version at the gate: lights what the block #model-lights says, as soon as the map is there. */
import { tell } from "./page.js";

const block = document.getElementById("model-lights");

/** @param {number} tries */
function light(tries) {
  const host = /** @type {any} */ (document.querySelector("[data-network-map]"));
  if (!block?.textContent || !host) return;
  if (!host.networkMap?.network) { if (tries) setTimeout(() => light(tries - 1), 100); return; }
  const lights = JSON.parse(block.textContent);
  if (Object.values(lights).some((branches) => branches.length)) tell("tieline:preview", lights);
}

if (block) light(300);
