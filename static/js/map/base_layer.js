// @ts-check
/** The grey base as a picture that lags behind: asked for by frame, drawn by a worker (or in place), shown shifted meanwhile. */
import { buildIndex } from "./grid_index.js";
import { meanLengths, paintBase } from "./paint_base.js";
import { Streets } from "./streets.js";

/** @typedef {import("./format.js").Geometry} Geometry */
/** @typedef {import("./view.js").Frame} Frame */
/** @typedef {{ image: CanvasImageSource & { close?: () => void }, frame: Frame }} Picture */
/** @typedef {import("./streets.js").Source} Source */
/** @typedef {{ frame: Frame, ratio: number, colours: import("./paint_base.js").BaseColours, far: boolean }} Order */

const MARGIN = 240;
const FAR_WIDTH = 1600;

export class BaseLayer {
  /** @param {string} workerUrl @param {() => void} onPicture called when there is something new to show @param {() => void} onStale called when a picture would be another one now */
  constructor(workerUrl, onPicture, onStale) {
    this.onPicture = onPicture;
    this.onStale = onStale;
    /** @type {import("./grid_index.js").GridIndex | null} */
    this.index = null;
    /** @type {Picture | null} */
    this.near = null;
    /** @type {Picture | null} the whole network, coarse: fills the rim after a fast zoom out */
    this.far = null;
    this.busy = false;
    /** @type {Order | null} */
    this.waiting = null;
    /** pictures that lack streets which have come meanwhile */
    this.stale = { near: false, far: false };
    /** @type {Source | null} */
    this.source = null;
    /** @type {Streets | null} where there is no worker */
    this.streets = null;
    this.ticket = 0;
    this.took = 0;
    this.drawn = 0;
    /** @type {Worker | null} */
    this.worker = null;
    if (workerUrl && "Worker" in window && "OffscreenCanvas" in window && "transferToImageBitmap" in OffscreenCanvas.prototype) {
      this.worker = new Worker(workerUrl, { type: "module" });
      this.worker.addEventListener("message", (event) => this.#receive(event.data));
      this.worker.addEventListener("error", () => this.#fallBack());
    }
  }

  /** @param {Geometry} geometry @param {import("./network.js").Box} extent */
  load(geometry, extent) {
    this.geometry = geometry;
    this.extent = extent;
    this.forget();
    this.index = null;
    if (this.worker) this.worker.postMessage({ load: geometry });
    else this.#prepareHere();
    this.#lay();
  }

  /** Streets below the network, or none. @param {Source | null} source */
  lay(source) {
    this.source = source;
    this.#lay();
    this.#aged();
  }

  #lay() {
    const { geometry, source } = this;
    if (!geometry) return;
    const { x0, y0, scale, shrink } = geometry;
    const below = source && shrink ? { source, ground: { x0, y0, scale, shrink } } : null;
    if (this.worker) this.worker.postMessage({ below });
    else this.streets = below && new Streets(below.source, below.ground, () => this.#aged());
  }

  #aged() {
    this.stale = { near: true, far: true };
    this.onStale();
  }

  /** Drops the pictures: another network, theme or size. */
  forget() {
    for (const picture of [this.near, this.far]) picture?.image.close?.();
    this.near = this.far = null;
    this.ticket++;
    this.busy = false;
  }

  /** @param {import("./view.js").View} view @param {number} ratio @param {import("./paint_base.js").BaseColours} colours */
  request(view, ratio, colours) {
    if (!this.geometry) return;
    // While panning the picture has room to spare: drawing it anew would only heat the processor.
    if (this.near && !this.stale.near && this.near.frame.k === view.k && covers(this.near.frame, view, MARGIN / 3)) return;
    const order = { frame: view.frame(MARGIN), ratio, colours, far: false };
    if (this.busy) { this.waiting = order; return; }
    this.#send(order);
  }

  /** @returns {Frame} the whole network at a modest size */
  #farFrame() {
    const { left, right, bottom, top } = /** @type {import("./network.js").Box} */ (this.extent);
    const k = FAR_WIDTH / Math.max(1, right - left, top - bottom);
    return { k, ox: 8 - left * k, oy: 8 + top * k, width: (right - left) * k + 16, height: (top - bottom) * k + 16 };
  }

  /** @param {Order} order */
  #send(order) {
    this.busy = true;
    this.stale[order.far ? "far" : "near"] = false;
    const draw = { ...order, ticket: this.ticket };
    if (this.worker) this.worker.postMessage({ draw });
    else requestAnimationFrame(() => this.#drawHere(draw));
  }

  /** @param {any} data */
  #receive(data) {
    if (data.stale) { this.#aged(); return; }
    if (data.index) { this.index = data.index; this.onPicture(); return; }
    if (data.ticket !== this.ticket) { data.bitmap.close(); return; }
    this.took = data.took;
    this.drawn = data.drawn;
    this.#show({ image: data.bitmap, frame: data.frame }, data.order);
  }

  /** @param {Picture} picture @param {Order} order */
  #show(picture, order) {
    this.busy = false;
    if (order.far) {
      this.far?.image.close?.();
      this.far = picture;
    }
    else {
      if (this.near) this.near.image.close?.();
      this.near = picture;
    }
    this.onPicture();
    const next = this.waiting;
    this.waiting = null;
    if (next) this.#send(next);
    else if (!this.far || this.stale.far) this.#send({ ...order, frame: this.#farFrame(), ratio: 1, far: true });
  }

  #fallBack() {
    if (!this.worker) return;
    this.worker.terminate();
    this.worker = null;
    this.busy = false;
    if (this.geometry) this.#prepareHere();
    this.#lay();
  }

  #prepareHere() {
    const geometry = /** @type {Geometry} */ (this.geometry);
    this.index = buildIndex(geometry.quads, geometry.count);
    this.means = meanLengths(geometry);
    this.onPicture();
  }

  /** @param {Order & { ticket: number }} order */
  #drawHere(order) {
    const { frame, ratio, colours, ticket } = order;
    if (!this.geometry || !this.index || ticket !== this.ticket) { this.busy = false; return; }
    const began = performance.now();
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(frame.width * ratio));
    canvas.height = Math.max(1, Math.round(frame.height * ratio));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.drawn = paintBase(context, this.geometry, this.index, this.means ?? [], frame, ratio, colours, this.streets);
    this.took = performance.now() - began;
    this.#show({ image: canvas, frame }, order);
  }

  /** @param {CanvasRenderingContext2D} context in CSS pixels @param {import("./view.js").View} view @param {string} ground */
  blit(context, view, ground) {
    context.fillStyle = ground;
    context.fillRect(0, 0, view.width, view.height);
    const covered = this.near && covers(this.near.frame, view);
    for (const picture of covered ? [this.near] : [this.far, this.near]) {
      if (!picture) continue;
      const s = view.k / picture.frame.k;
      let x = view.ox - picture.frame.ox * s, y = view.oy - picture.frame.oy * s;
      if (s === 1) { x = Math.round(x); y = Math.round(y); } // whole pixels keep hairlines sharp
      const width = picture.frame.width * s, height = picture.frame.height * s;
      if (!covered) context.fillRect(x, y, width, height);
      context.drawImage(picture.image, x, y, width, height);
    }
  }
}

/** @param {Frame} frame @param {import("./view.js").View} view @param {number} [spare] pixels it must reach beyond the screen */
function covers(frame, view, spare = 0) {
  const s = view.k / frame.k;
  const x = view.ox - frame.ox * s, y = view.oy - frame.oy * s;
  return x <= -spare && y <= -spare && x + frame.width * s >= view.width + spare && y + frame.height * s >= view.height + spare;
}
