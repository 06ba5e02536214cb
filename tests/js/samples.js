// @ts-check
/**
 * A small network, written by hand in the binary form:
 *
 *     sub=CB---0---1---2(LBS)---3        branches 0..3 on a line, 4 a lateral off the end of 1,
 *                      |                 5 a tie that is normally open, far away
 *                      4
 */
import { parseGeometry } from "../js/map/format.js";

/** @param {{ quads: number[][], branch: number[], level: number[], symbols: number[][] }} spec symbols: branch, x, y, kind, flags */
export function encode({ quads, branch, level, symbols }) {
  const padded = (/** @type {number} */ n) => (n + 3) & ~3;
  const n = quads.length, m = symbols.length;
  const size = 36 + n * 8 + n * 4 + padded(n) + m * 4 + padded(m * 2) * 2 + padded(m) * 2;
  const buffer = new ArrayBuffer(size), view = new DataView(buffer);
  [..."TLG1"].forEach((letter, i) => view.setUint8(i, letter.charCodeAt(0)));
  view.setUint32(4, n, true);
  view.setUint32(8, m, true);
  view.setFloat64(12, 1000, true);
  view.setFloat64(20, 2000, true);
  view.setFloat64(28, 0.5, true);
  let at = 36;
  for (const quad of quads) for (const value of quad) { view.setUint16(at, value, true); at += 2; }
  for (const b of branch) { view.setUint32(at, b, true); at += 4; }
  level.forEach((l, i) => view.setUint8(at + i, l));
  at += padded(n);
  for (const s of symbols) { view.setUint32(at, s[0], true); at += 4; }
  for (const column of [1, 2]) { symbols.forEach((s, i) => view.setUint16(at + i * 2, s[column], true)); at += padded(m * 2); }
  for (const column of [3, 4]) { symbols.forEach((s, i) => view.setUint8(at + i, s[column])); at += padded(m); }
  return buffer;
}

export const SMALL = {
  quads: [[100, 100, 200, 100], [200, 100, 300, 100], [300, 100, 400, 100], [400, 100, 500, 100], [300, 100, 300, 40], [9000, 9000, 9100, 9000], [0, 0, 60000, 60000]],
  branch: [0, 1, 2, 3, 4, 5, 6],
  level: [0, 0, 0, 0, 2, 0, 1],
  symbols: [[0, 100, 100, 20, 0], [0, 110, 100, 1, 2], [2, 350, 100, 4, 2], [5, 9050, 9000, 4, 1], [4, 300, 40, 10, 0]],
};

export const small = () => parseGeometry(encode(SMALL));
