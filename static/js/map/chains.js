// @ts-check
/** Joins segments end to end into long lines, so that a dash pattern survives where each span is only a few pixels long. */

/**
 * @typedef {object} Chain
 * @property {Uint16Array} points   x, y, x, y, ...
 * @property {number} left
 * @property {number} right
 * @property {number} bottom
 * @property {number} top
 * @property {number} level         the most important level in it
 */

/**
 * @param {Uint16Array} quads @param {Uint8Array} level @param {ArrayLike<number>} segments
 * @returns {Chain[]}
 */
export function joinSegments(quads, level, segments) {
  /** @type {Map<number, number[]>} */
  const ends = new Map();
  /** @param {number} i @param {number} side */
  const key = (i, side) => quads[i * 4 + side * 2] * 65536 + quads[i * 4 + side * 2 + 1];
  for (let j = 0; j < segments.length; j++) {
    for (let side = 0; side < 2; side++) {
      const at = ends.get(key(segments[j], side));
      if (at) at.push(j * 2 + side);
      else ends.set(key(segments[j], side), [j * 2 + side]);
    }
  }
  const used = new Uint8Array(segments.length);
  /** Follows from the end `side` of item j while there is a free segment of the same level to go on with.
   *  @param {number} j @param {number} side @param {number[]} points */
  const follow = (j, side, points) => {
    for (;;) {
      const i = segments[j];
      points.push(quads[i * 4 + side * 2], quads[i * 4 + side * 2 + 1]);
      const on = ends.get(key(i, side))?.find((end) => !used[end >> 1] && level[segments[end >> 1]] === level[i]);
      if (on === undefined) return;
      j = on >> 1;
      side = 1 - (on & 1);
      used[j] = 1;
    }
  };
  /** @type {Chain[]} */
  const chains = [];
  for (let j = 0; j < segments.length; j++) {
    if (used[j]) continue;
    used[j] = 1;
    /** @type {number[]} */
    const ahead = [], /** @type {number[]} */ behind = [];
    follow(j, 1, ahead);
    follow(j, 0, behind);
    chains.push(measure(turned(behind).concat(ahead), level[segments[j]]));
  }
  return chains;
}

/** @param {number[]} points the same points from the other end */
function turned(points) {
  const out = [];
  for (let i = points.length - 2; i >= 0; i -= 2) out.push(points[i], points[i + 1]);
  return out;
}

/** @param {number[]} points @param {number} level @returns {Chain} */
function measure(points, level) {
  let left = 65535, right = 0, bottom = 65535, top = 0;
  for (let i = 0; i < points.length; i += 2) {
    if (points[i] < left) left = points[i];
    if (points[i] > right) right = points[i];
    if (points[i + 1] < bottom) bottom = points[i + 1];
    if (points[i + 1] > top) top = points[i + 1];
  }
  return { points: Uint16Array.from(points), left, right, bottom, top, level };
}

/** @typedef {{ left: number, right: number, bottom: number, top: number }} Box */

/** @param {Box} a @param {Box} b */
export function overlap(a, b) {
  return a.left <= b.right && a.right >= b.left && a.bottom <= b.top && a.top >= b.bottom;
}
