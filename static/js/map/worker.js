// @ts-check
/** The map's worker: keeps the geometry, draws the base of a frame into a bitmap and hands it over. */
import { buildIndex } from "./grid_index.js";
import { meanLengths, paintBase } from "./paint_base.js";
import { Streets } from "./streets.js";

/** @type {import("./format.js").Geometry | null} */
let geometry = null;
/** @type {import("./grid_index.js").GridIndex | null} */
let index = null;
/** @type {number[]} */
let means = [];
/** @type {Streets | null} */
let streets = null;
const scope = /** @type {{ postMessage(message: unknown, transfer?: Transferable[]): void }} */ (/** @type {unknown} */ (self));

self.addEventListener("message", (event) => {
  const { load, draw, below } = event.data;
  if (load) {
    geometry = load;
    index = buildIndex(load.quads, load.count);
    means = meanLengths(load);
    scope.postMessage({ index });
  }
  if (below !== undefined) streets = below && new Streets(below.source, below.ground, () => scope.postMessage({ stale: true }));
  if (draw && geometry && index) {
    const began = performance.now();
    const { frame, ratio, colours, ticket } = draw;
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(frame.width * ratio)), Math.max(1, Math.round(frame.height * ratio)));
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    const drawn = paintBase(context, geometry, index, means, frame, ratio, colours, streets);
    const bitmap = canvas.transferToImageBitmap();
    scope.postMessage({ bitmap, frame, ticket, drawn, took: performance.now() - began, order: draw }, [bitmap]);
  }
});
