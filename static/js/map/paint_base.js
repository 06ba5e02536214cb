// @ts-check
/** Draws the grey network of a frame; runs in the worker, or on the page where there is none. */
import { eachNear } from "./grid_index.js";

/** @typedef {import("./format.js").Geometry} Geometry */
/** @typedef {import("./grid_index.js").GridIndex} GridIndex */
/** @typedef {{ panel: string, line: string, edge: string, water: string, muted: string }} BaseColours */

const WIDTHS = [1.9, 1.4, 0.9];
const STROKE_EVERY = 2000;
const MANY = 12000; // from here on lines are hairlines with butt ends, which rasterise several times faster

/** Mean length per level, in quantised steps: tells when a level is finer than a pixel. @param {Geometry} geometry */
export function meanLengths({ quads, level, count }) {
  const sum = [0, 0, 0], many = [0, 0, 0];
  for (let i = 0, o = 0; i < count; i++, o += 4) {
    const l = Math.min(2, level[i]);
    sum[l] += Math.hypot(quads[o + 2] - quads[o], quads[o + 3] - quads[o + 1]);
    many[l]++;
  }
  return sum.map((s, l) => (many[l] ? s / many[l] : 0));
}

/**
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
 * @param {Geometry} geometry @param {GridIndex} index @param {number[]} means
 * @param {import("./view.js").Frame} frame @param {number} ratio device pixels per CSS pixel @param {BaseColours} colours
 * @param {import("./streets.js").Streets | null} streets drawn below
 * @returns {number} segments drawn
 */
export function paintBase(context, geometry, index, means, frame, ratio, colours, streets) {
  const { quads, level } = geometry;
  const k = frame.k * ratio, ox = frame.ox * ratio, oy = frame.oy * ratio;
  const width = Math.round(frame.width * ratio), height = Math.round(frame.height * ratio);
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, width, height);
  streets?.paint(context, frame, ratio, colours);
  context.strokeStyle = colours.line;
  const box = { left: -ox / k, right: (width - ox) / k, top: oy / k, bottom: (oy - height) / k };
  const taken = new Uint8Array(width * height);
  /** @type {number[][]} */
  const byLevel = [[], [], []];
  eachNear(index, quads, box, (i) => {
    const l = level[i] > 2 ? 2 : level[i];
    // Below a third of a pixel laterals say nothing but cost everything: the backbone carries the picture.
    if (l === 2 && means[2] * k < 0.35 && means[0] + means[1] > 0) return;
    byLevel[l].push(i);
  });
  let drawn = 0;
  for (let l = 2; l >= 0; l--) {
    const many = byLevel[l].length > MANY;
    context.lineCap = many ? "butt" : "round";
    context.lineWidth = many ? 1 : WIDTHS[l] * ratio * Math.min(1, Math.max(0.55, k * means[l] / 3 + 0.4));
    context.beginPath();
    for (const i of byLevel[l]) {
      const o = i * 4;
      const x = quads[o] * k + ox, y = oy - quads[o + 1] * k, x2 = quads[o + 2] * k + ox, y2 = oy - quads[o + 3] * k;
      const dx = x2 - x, dy = y2 - y;
      if (dx * dx + dy * dy < 2.3) { // thinner than it can be seen: one such mark per pixel is enough
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const at = (y | 0) * width + (x | 0);
        if (taken[at]) continue;
        taken[at] = 1;
      }
      context.moveTo(x, y);
      context.lineTo(x2, y2);
      if (++drawn % STROKE_EVERY === 0) { context.stroke(); context.beginPath(); }
    }
    context.stroke();
  }
  return drawn;
}
