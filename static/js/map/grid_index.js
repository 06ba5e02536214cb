// @ts-check
/** A square grid over the segments, so that drawing and picking touch only what is near. Long segments are kept apart. */

/**
 * @typedef {object} GridIndex
 * @property {number} side           cells per axis
 * @property {number} cell           width of a cell in quantised steps
 * @property {Uint32Array} start     side * side + 1 offsets into `items`
 * @property {Uint32Array} items     segment numbers by cell of their middle
 * @property {Uint32Array} long      segments longer than a cell: looked at one by one
 */

/** @param {Uint16Array} quads @param {number} count @returns {GridIndex} */
export function buildIndex(quads, count) {
  const side = Math.max(8, Math.min(256, Math.ceil(Math.sqrt(count / 12))));
  const cell = 65536 / side;
  const start = new Uint32Array(side * side + 1);
  const home = new Int32Array(count);
  /** @type {number[]} */
  const long = [];
  for (let i = 0, o = 0; i < count; i++, o += 4) {
    const dx = Math.abs(quads[o + 2] - quads[o]), dy = Math.abs(quads[o + 3] - quads[o + 1]);
    if (dx > cell || dy > cell) { home[i] = -1; long.push(i); continue; }
    const column = Math.min(side - 1, ((quads[o] + quads[o + 2]) / 2 / cell) | 0);
    const row = Math.min(side - 1, ((quads[o + 1] + quads[o + 3]) / 2 / cell) | 0);
    home[i] = row * side + column;
    start[home[i] + 1]++;
  }
  for (let k = 0; k < side * side; k++) start[k + 1] += start[k];
  const next = start.slice();
  const items = new Uint32Array(count - long.length);
  for (let i = 0; i < count; i++) if (home[i] >= 0) items[next[home[i]]++] = i;
  return { side, cell, start, items, long: Uint32Array.from(long) };
}

/**
 * Calls `visit` for every segment that may touch the box (quantised steps).
 * @param {GridIndex} index @param {Uint16Array} quads
 * @param {{ left: number, right: number, bottom: number, top: number }} box
 * @param {(segment: number) => void} visit
 */
export function eachNear(index, quads, box, visit) {
  const { side, cell, start, items, long } = index;
  // One cell of margin: a short segment may reach half a cell out of the cell of its middle.
  const c0 = Math.max(0, Math.floor(box.left / cell) - 1), c1 = Math.min(side - 1, Math.floor(box.right / cell) + 1);
  const r0 = Math.max(0, Math.floor(box.bottom / cell) - 1), r1 = Math.min(side - 1, Math.floor(box.top / cell) + 1);
  for (let row = r0; row <= r1; row++) {
    if (c1 < c0) break;
    const end = start[row * side + c1 + 1];
    for (let j = start[row * side + c0]; j < end; j++) visit(items[j]);
  }
  for (let j = 0; j < long.length; j++) {
    const o = long[j] * 4;
    if (Math.max(quads[o], quads[o + 2]) < box.left || Math.min(quads[o], quads[o + 2]) > box.right) continue;
    if (Math.max(quads[o + 1], quads[o + 3]) < box.bottom || Math.min(quads[o + 1], quads[o + 3]) > box.top) continue;
    visit(long[j]);
  }
}
