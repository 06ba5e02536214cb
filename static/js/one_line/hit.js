// @ts-check
/** What is at a place of a drawing: symbols before wires, and all of those that are equally near. */

const HALF = 13; // of a symbol, in pixels of the drawing
const SAME = 0.4; // what lies so much of the reach farther is not meant

/**
 * @param {import("./canvas_sheet.js").Drawing} drawing @param {number} x @param {number} y @param {number} reach how far beside it still counts
 * @returns {{ branches: number[], url: string }} nearest first: none, one, or several to choose from; and where a mark leads
 */
export function hit(drawing, x, y, reach) {
  const mark = drawing.marks.find((one) => one.url && Math.max(Math.abs(one.x - x), Math.abs(one.y - y)) <= 10 + reach / 2);
  if (mark) return { branches: [], url: mark.url };
  const symbols = drawing.symbols.filter((one) => one.branch >= 0).map((one) => ({ branch: one.branch, far: Math.max(0, Math.max(Math.abs(one.x - x), Math.abs(one.y - y)) - HALF) }));
  const found = nearest(symbols, reach);
  return { branches: found.length ? found : nearest(wires(drawing, x, y, reach), reach), url: "" };
}

/** @param {import("./canvas_sheet.js").Drawing} drawing @param {number} x @param {number} y @param {number} reach */
function wires(drawing, x, y, reach) {
  return drawing.wires
    .filter(({ branch, box: [left, top, right, bottom] }) => branch >= 0 && x >= left - reach && x <= right + reach && y >= top - reach && y <= bottom + reach)
    .map(({ branch, points }) => ({ branch, far: Math.min(...points.slice(1).map((to, i) => toSegment(points[i], to, x, y))) }));
}

/** @param {{ branch: number, far: number }[]} all @param {number} reach */
function nearest(all, reach) {
  const near = all.filter((one) => one.far <= reach).sort((a, b) => a.far - b.far);
  return [...new Set(near.filter((one) => one.far <= near[0].far + reach * SAME).map((one) => one.branch))].slice(0, 12);
}

/** @param {[number, number]} from @param {[number, number]} to @param {number} x @param {number} y */
function toSegment([ax, ay], [bx, by], x, y) {
  const dx = bx - ax, dy = by - ay;
  const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(ax + t * dx - x, ay + t * dy - y);
}
