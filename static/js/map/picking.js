// @ts-check
/** What is under the pointer. Equipment wins over the line it sits on; where two things are equally near, the user is asked. */
import { eachNear } from "./grid_index.js";

/** @typedef {{ branch: number, distance: number }} Hit */
export const TOLERANCE = 8;
const SAME = 3;

/**
 * @param {import("./network.js").Network} network @param {import("./grid_index.js").GridIndex | null} index
 * @param {import("./overlay.js").Mark[]} marks @param {import("./view.js").View} view @param {number} px @param {number} py
 * @param {number} [tolerance]
 * @returns {number[]} the branches meant, nearest first: none, one, or several to choose from
 */
export function pick(network, index, marks, view, px, py, tolerance = TOLERANCE) {
  const near = hitMarks(marks, px, py, tolerance);
  return choose(near.length ? near : hitLines(network, index, view, px, py, tolerance));
}

/** @param {import("./overlay.js").Mark[]} marks @param {number} px @param {number} py @param {number} tolerance */
function hitMarks(marks, px, py, tolerance) {
  /** @type {Hit[]} */
  const hits = [];
  for (const { branch, x, y, r } of marks) {
    const distance = Math.max(0, Math.max(Math.abs(px - x), Math.abs(py - y)) - r);
    if (distance <= tolerance) hits.push({ branch, distance: distance + Math.hypot(px - x, py - y) / 100 });
  }
  return hits;
}

/** @param {import("./network.js").Network} network @param {import("./grid_index.js").GridIndex | null} index
 *  @param {import("./view.js").View} view @param {number} px @param {number} py @param {number} tolerance */
function hitLines(network, index, view, px, py, tolerance) {
  const { quads, branch } = network.geometry;
  /** @type {Map<number, number>} */
  const best = new Map();
  if (!index) return [];
  const reach = tolerance / view.k, x = view.x(px), y = view.y(py);
  eachNear(index, quads, { left: x - reach, right: x + reach, bottom: y - reach, top: y + reach }, (i) => {
    const distance = toSegment(quads, i * 4, x, y) * view.k;
    if (distance <= tolerance && distance < (best.get(branch[i]) ?? Infinity)) best.set(branch[i], distance);
  });
  return [...best].map(([b, distance]) => ({ branch: b, distance }));
}

/** @param {Uint16Array} quads @param {number} o @param {number} x @param {number} y */
function toSegment(quads, o, x, y) {
  const ax = quads[o], ay = quads[o + 1], dx = quads[o + 2] - ax, dy = quads[o + 3] - ay;
  const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(ax + t * dx - x, ay + t * dy - y);
}

/** @param {Hit[]} hits */
function choose(hits) {
  hits.sort((a, b) => a.distance - b.distance);
  const first = hits[0];
  if (!first) return [];
  const alike = hits.filter((hit) => hit.distance - first.distance < SAME);
  // Well inside one symbol and outside every other: that one is meant.
  if (first.distance < 1 && hits.every((hit) => hit === first || hit.distance >= 1)) return [first.branch];
  return alike.slice(0, 12).map((hit) => hit.branch);
}
