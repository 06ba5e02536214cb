// @ts-check
/** Streets below the network: which tiles a picture needs, fetched and kept, and how they are drawn. Lives where the base is drawn. */
import { LOOKS, readTile } from "./vector_tile.js";

/** @typedef {import("./vector_tile.js").Look} Look */
/** @typedef {import("./vector_tile.js").Tile} Tile */
/** @typedef {{ base: string, least: number, most: number, bounds: number[] }} Source tiles lie at base + "z/x/y.mvt"; bounds in degrees */
/** @typedef {{ x0: number, y0: number, scale: number, shrink: number }} Ground what a step of the map is: see format.js */
/** @typedef {{ panel: string, edge: string, water: string, muted: string }} Colours */
/** @typedef {{ z: number, x: number, y: number }} Place */

const KEPT = 240;
const AT_ONCE = 6;
const GATHER = 120;
const AGAIN = 30_000;
/** Pixels that a tile is wide at least before the next zoom is drawn. */
const WIDE = 380;
/** Width in pixels by zoom 11 and by zoom 16, and strength against the ground. @type {Partial<Record<Look, [number, number, number]>>} */
const LINES = { stream: [0.6, 2, 1], border: [1, 1, 0.7], rail: [0.8, 1.6, 0.8], path: [0.4, 1, 0.5], street: [0.5, 4, 0.75], road: [1.1, 7, 0.9], artery: [2, 10, 1] };
/** From this zoom on; before, there are more of them than anybody reads. @type {Partial<Record<Look, number>>} */
const FROM = { building: 14, path: 13.5, street: 11.5 };
/** @type {Partial<Record<Look, number>>} */
const AREAS = { green: 0.16, water: 1, building: 0.3 };
const NO_TILE = /** @type {Tile} */ ({ looks: new Map(), names: [] });

export class Streets {
  /** @param {Source} source @param {Ground} ground @param {() => void} arrived what was missing in the last picture is here */
  constructor(source, ground, arrived) {
    this.source = source;
    this.ground = ground;
    this.arrived = arrived;
    /** @type {Map<string, Tile>} the longest unused first */
    this.tiles = new Map();
    /** @type {Map<string, Place>} those that the last picture missed */
    this.wanted = new Map();
    /** @type {Set<string>} */
    this.coming = new Set();
    /** @type {Map<string, number>} when a tile failed */
    this.failed = new Map();
    this.timer = 0;
  }

  /** Draws what is here and asks for the rest. @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
   *  @param {import("./view.js").Frame} frame @param {number} ratio @param {Colours} colours */
  paint(context, frame, ratio, colours) {
    const k = frame.k * ratio, ox = frame.ox * ratio, oy = frame.oy * ratio;
    const zoom = this.#zoom(frame.k);
    const places = this.#places(frame, Math.max(this.source.least, Math.min(this.source.most, Math.floor(zoom))));
    this.wanted.clear();
    /** @type {Tile[]} */
    const tiles = [];
    for (const place of places) {
      const key = `${place.z}/${place.x}/${place.y}`, tile = this.tiles.get(key);
      if (tile) { this.tiles.delete(key); this.tiles.set(key, tile); tiles.push(tile); }
      else if (performance.now() - (this.failed.get(key) ?? -Infinity) > AGAIN) this.wanted.set(key, place);
    }
    this.#fetch();
    const near = Math.max(0, Math.min(1, (zoom - 11) / 5));
    for (const look of LOOKS) if (zoom >= (FROM[look] ?? 0)) drawLook(context, tiles, look, { k, ox, oy, near, ratio }, colours);
    drawNames(context, tiles, { k, ox, oy, near, ratio }, colours);
    context.globalAlpha = 1;
  }

  /** The zoom whose tiles are about WIDE pixels wide. @param {number} k pixels per step */
  #zoom(k) { return Math.log2(k * 360 * this.ground.shrink / this.ground.scale / WIDE); }

  /** The tiles below a picture, within the file's bounds. @param {import("./view.js").Frame} frame @param {number} z @returns {Place[]} */
  #places(frame, z) {
    const { x0, y0, scale, shrink } = this.ground, [west, south, east, north] = this.source.bounds;
    const left = Math.max(west, (x0 - frame.ox / frame.k * scale) / shrink), right = Math.min(east, (x0 + (frame.width - frame.ox) / frame.k * scale) / shrink);
    const top = Math.min(north, 85, y0 + frame.oy / frame.k * scale), bottom = Math.max(south, -85, y0 + (frame.oy - frame.height) / frame.k * scale);
    if (!(left < right && bottom < top)) return [];
    const side = 2 ** z, across = /** @param {number} degree */ (degree) => Math.floor((degree + 180) / 360 * side);
    const down = /** @param {number} degree */ (degree) => Math.floor((1 - Math.asinh(Math.tan(degree * Math.PI / 180)) / Math.PI) / 2 * side);
    const found = [];
    for (let x = Math.max(0, across(left)); x <= Math.min(side - 1, across(right)); x++) {
      for (let y = Math.max(0, down(top)); y <= Math.min(side - 1, down(bottom)); y++) found.push({ z, x, y });
    }
    return found.length > KEPT / 2 ? [] : found; // a file without far zooms says nothing about a whole country
  }

  #fetch() {
    for (const [key, place] of this.wanted) {
      if (this.coming.size >= AT_ONCE) return;
      if (this.coming.has(key)) continue;
      this.coming.add(key);
      void this.#bring(key, place);
    }
  }

  /** @param {string} key @param {Place} place */
  async #bring(key, place) {
    try {
      const answer = await fetch(`${this.source.base}${key}.mvt`);
      if (!answer.ok) throw new Error(`tile ${key}: ${answer.status}`);
      const bytes = answer.status === 204 ? null : new Uint8Array(await answer.arrayBuffer());
      this.tiles.set(key, bytes ? readTile(bytes, this.#projection(place)) : NO_TILE);
      for (const old of this.tiles.keys()) if (this.tiles.size > KEPT) this.tiles.delete(old);
    } catch {
      this.failed.set(key, performance.now()); // the network is drawn without it, and it is asked for again later
    }
    this.coming.delete(key);
    this.wanted.delete(key);
    this.#fetch();
    clearTimeout(this.timer);
    this.timer = setTimeout(this.arrived, this.wanted.size || this.coming.size ? GATHER * 6 : GATHER);
  }

  /** From a tile to steps of the map: Mercator's height back to a latitude. @param {Place} place @returns {import("./vector_tile.js").Project} */
  #projection({ z, x, y }) {
    const side = 2 ** z, { x0, y0, scale, shrink } = this.ground;
    return (right, down, out, at) => {
      out[at] = (((x + right) / side * 360 - 180) * shrink - x0) / scale;
      out[at + 1] = (Math.atan(Math.sinh(Math.PI * (1 - 2 * (y + down) / side))) * 180 / Math.PI - y0) / scale;
    };
  }
}

/** @typedef {{ k: number, ox: number, oy: number, near: number, ratio: number }} Shown near: 0 from afar (zoom 11), 1 at streets (zoom 16) */

/** @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context @param {Tile[]} tiles @param {Look} look @param {Shown} shown @param {Colours} colours */
function drawLook(context, tiles, look, { k, ox, oy, near, ratio }, colours) {
  const line = LINES[look];
  const share = line?.[2] ?? AREAS[look] ?? 1;
  // Mixed instead of translucent: what two tiles both have is drawn twice and must not show.
  context.fillStyle = context.strokeStyle = look === "water" || look === "stream" ? colours.water
    : `color-mix(in srgb, ${colours.edge} ${share * 100}%, ${colours.panel})`;
  context.lineCap = context.lineJoin = "round";
  for (const { looks } of tiles) {
    const parts = looks.get(look);
    if (!parts) continue;
    context.beginPath();
    for (const points of parts) {
      context.moveTo(points[0] * k + ox, oy - points[1] * k);
      for (let i = 2; i < points.length; i += 2) context.lineTo(points[i] * k + ox, oy - points[i + 1] * k);
    }
    if (line) {
      context.lineWidth = (line[0] + (line[1] - line[0]) * near ** 1.5) * ratio;
      context.setLineDash(look === "rail" || look === "border" ? [6 * ratio, 3 * ratio] : []);
      context.stroke();
    } else {
      context.fill("evenodd");
    }
  }
  context.setLineDash([]);
}

/** Names where there is room, the larger place first, each once in a neighbourhood.
 *  @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context @param {Tile[]} tiles @param {Shown} shown @param {Colours} colours */
function drawNames(context, tiles, { k, ox, oy, near, ratio }, colours) {
  const names = tiles.flatMap((tile) => tile.names).sort((a, b) => a.rank - b.rank);
  /** @type {number[][]} */
  const taken = [];
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.strokeStyle = colours.panel;
  context.fillStyle = colours.muted;
  context.lineJoin = "round";
  for (const { text, rank, x: east, y: north, angle, length } of names) {
    const isPlace = length === Infinity;
    if (length * k < text.length * 4 * ratio) continue; // measured only where there may be room
    context.font = `${isPlace && rank < 2 ? 600 : 400} ${(isPlace ? 14 - Math.min(3, rank) : 10.5) * ratio}px system-ui, sans-serif`;
    const width = context.measureText(text).width;
    if (length * k < width * 1.2) continue;
    const x = east * k + ox, y = oy - north * k, reach = width / 2 + 12 * ratio;
    const high = Math.abs(Math.sin(angle)) * reach + 12 * ratio, wide = Math.abs(Math.cos(angle)) * reach + 12 * ratio;
    if (taken.some(([left, top, w, h]) => Math.abs(left - x) < w + wide && Math.abs(top - y) < h + high)) continue;
    taken.push([x, y, wide, high]);
    context.save();
    context.translate(x, y);
    context.rotate(-angle);
    context.globalAlpha = isPlace ? 0.9 : 0.55 + 0.35 * near;
    context.lineWidth = 3 * ratio;
    context.strokeText(text, 0, 0);
    context.fillText(text, 0, 0);
    context.restore();
  }
}
