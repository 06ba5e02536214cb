// @ts-check
/** Reads a vector tile (MVT 2, protocol buffers by hand): what the map draws of it, as lines, areas and places. */

/** @typedef {"green" | "water" | "stream" | "building" | "border" | "rail" | "path" | "street" | "road" | "artery"} Look from below to above */
/** @typedef {{ looks: Map<Look, Float32Array[]>, names: Name[] }} Tile points x, y, x, y, ... as the projection gives them */
/** @typedef {{ text: string, rank: number, x: number, y: number, angle: number, length: number }} Name
 *  rank: the smaller the more important; angle: so that it is read from the left; length: of the stretch it lies along, Infinity at a place */
/** @typedef {(x: number, y: number, out: Float32Array, at: number) => void} Project from parts of the tile (0 to 1, y down) to the map */

/** @type {readonly Look[]} */
export const LOOKS = ["green", "water", "stream", "building", "border", "rail", "path", "street", "road", "artery"];
const POINT = 1, AREA = 3;

/** Names of layers in the usual schemas: Protomaps, OpenMapTiles, Shortbread, and the like. @type {Record<string, Look | "way" | "land" | "place">} */
const LAYERS = {
  water: "water", ocean: "water", water_polygons: "water", waterway: "stream", water_lines: "stream", building: "building", buildings: "building",
  boundary: "border", boundaries: "border", landcover: "land", landuse: "land", land: "land", park: "green",
  roads: "way", road: "way", streets: "way", transportation: "way", transportation_name: "way", street_labels: "way", road_label: "way",
  places: "place", place: "place", place_labels: "place", place_label: "place",
};
const GREEN = /wood|forest|park|grass|scrub|meadow|garden|cemetery|orchard|farm|nature|recreation|pitch|golf/;
/** @type {[RegExp, Look][]} */
const WAYS = [[/rail|transit|tram|subway/, "rail"], [/motorway|trunk|highway/, "artery"], [/primary|secondary|tertiary|major/, "road"],
  [/path|track|foot|cycle|pedestrian|steps|pier/, "path"], [/ferry|aerialway|runway|taxiway/, "path"]];
const PLACES = ["city", "town", "village", "suburb", "quarter", "neighbourhood", "hamlet"];

class Reader {
  /** @param {Uint8Array} bytes @param {number} [at] @param {number} [end] */
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  number() {
    let value = 0, factor = 1;
    for (;;) {
      if (this.at >= this.end) throw new Error("the tile ends too early");
      const byte = this.bytes[this.at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  /** The fields of this message: number, and its value or a reader of what it holds. @returns {Generator<[number, number | Reader]>} */
  *fields() {
    while (this.at < this.end) {
      const key = this.number(), kind = key & 7;
      if (kind === 0) yield [key >>> 3, this.number()];
      else {
        const length = kind === 2 ? this.number() : kind === 1 ? 8 : 4, from = this.at;
        this.at += length;
        if (this.at > this.end) throw new Error("the tile ends too early");
        yield [key >>> 3, new Reader(this.bytes, from, this.at)];
      }
    }
  }

  numbers() {
    const found = [];
    while (this.at < this.end) found.push(this.number());
    return found;
  }

  text() { return new TextDecoder().decode(this.bytes.subarray(this.at, this.end)); }
}

/** @param {Uint8Array} bytes @param {Project} project @returns {Tile} */
export function readTile(bytes, project) {
  /** @type {Tile} */
  const tile = { looks: new Map(), names: [] };
  for (const [field, value] of new Reader(bytes).fields()) if (field === 3 && value instanceof Reader) readLayer(value, project, tile);
  return tile;
}

/** @param {Reader} layer @param {Project} project @param {Tile} tile */
function readLayer(layer, project, tile) {
  let name = "", extent = 4096;
  /** @type {Reader[]} */
  const features = [];
  /** @type {string[]} */
  const keys = [], values = [];
  for (const [field, value] of layer.fields()) {
    if (field === 5 && typeof value === "number") extent = value;
    if (!(value instanceof Reader)) continue;
    if (field === 1) name = value.text();
    else if (field === 2) features.push(value);
    else if (field === 3) keys.push(value.text());
    else if (field === 4) values.push(valueOf(value));
  }
  const meant = Object.hasOwn(LAYERS, name) ? LAYERS[name] : null;
  if (meant) for (const feature of features) readFeature(feature, meant, { keys, values, extent }, project, tile);
}

/** Text as it is, a yes or no and small numbers as text; others do not matter here. @param {Reader} value */
function valueOf(value) {
  for (const [field, inner] of value.fields()) {
    if (field === 1 && inner instanceof Reader) return inner.text();
    if (typeof inner === "number") return field === 7 ? (inner ? "yes" : "") : String(inner);
  }
  return "";
}

/** @param {Reader} feature @param {Look | "way" | "land" | "place"} meant @param {{ keys: string[], values: string[], extent: number }} layer @param {Project} project @param {Tile} tile */
function readFeature(feature, meant, { keys, values, extent }, project, tile) {
  let type = 0;
  /** @type {number[]} */
  let tags = [], commands = [];
  for (const [field, value] of feature.fields()) {
    if (field === 3 && typeof value === "number") type = value;
    if (field === 2 && value instanceof Reader) tags = value.numbers();
    if (field === 4 && value instanceof Reader) commands = value.numbers();
  }
  /** @type {Record<string, string>} */
  const about = {};
  for (let i = 0; i + 1 < tags.length; i += 2) about[keys[tags[i]]] = values[tags[i + 1]] ?? "";
  const kind = `${about.kind ?? ""} ${about.class ?? ""} ${about.kind_detail ?? ""} ${about["pmap:kind_detail"] ?? ""} ${about.rail ? "rail" : ""}`;
  const text = about.name || about["name:latin"] || "";
  if (meant === "place") {
    const rank = PLACES.findIndex((word) => kind.includes(word) || about.type === word);
    if (type === POINT && text && rank >= 0) for (const at of parts(commands, extent, type, project)) tile.names.push({ text, rank, x: at[0], y: at[1], angle: 0, length: Infinity });
    return;
  }
  const look = meant === "way" ? lookOfWay(kind) : meant === "land" ? (GREEN.test(kind) ? "green" : null) : meant;
  const isArea = look === "green" || look === "water" || look === "building";
  if (!look || (type === AREA) !== isArea) {
    if (look !== "water" || type === POINT) return; // rivers are lines in some schemas
  }
  const found = parts(commands, extent, type, project), kept = look === "water" && type !== AREA ? "stream" : look;
  if (text && meant === "way") for (const at of found) tile.names.push({ text, rank: PLACES.length + LOOKS.length - LOOKS.indexOf(look), ...longest(at) });
  tile.looks.set(kept, [...tile.looks.get(kept) ?? [], ...found]);
}

/** @param {string} kind @returns {Look} */
function lookOfWay(kind) { return WAYS.find(([words]) => words.test(kind))?.[1] ?? "street"; }

/** The lines or rings of a feature. @param {number[]} commands @param {number} extent @param {number} type @param {Project} project */
function parts(commands, extent, type, project) {
  /** @type {number[][]} */
  const lines = [];
  let x = 0, y = 0;
  for (let i = 0; i < commands.length;) {
    const command = commands[i] & 7, count = Math.floor(commands[i++] / 8);
    if (command === 7) { const ring = lines.at(-1); if (ring) ring.push(ring[0], ring[1]); continue; }
    for (let n = 0; n < count && i + 1 < commands.length; n++) {
      x += signed(commands[i++]);
      y += signed(commands[i++]);
      if (command === 1 && (type !== POINT || !lines.length)) lines.push([]);
      lines.at(-1)?.push(x, y);
    }
  }
  return lines.map((line) => {
    const out = new Float32Array(line.length);
    for (let i = 0; i < line.length; i += 2) project(line[i] / extent, line[i + 1] / extent, out, i);
    return out;
  });
}

/** @param {number} value zigzag: 0, -1, 1, -2, ... */
const signed = (value) => (value & 1 ? -(value + 1) / 2 : value / 2);

/** Middle, slope and length of the longest stretch of a line. @param {Float32Array} points */
function longest(points) {
  let x = 0, y = 0, angle = 0, length = 0;
  for (let i = 2; i < points.length; i += 2) {
    const dx = points[i] - points[i - 2], dy = points[i + 1] - points[i - 1], far = Math.hypot(dx, dy);
    if (far <= length) continue;
    x = points[i] - dx / 2;
    y = points[i + 1] - dy / 2;
    angle = dx < 0 || (dx === 0 && dy < 0) ? Math.atan2(-dy, -dx) : Math.atan2(dy, dx);
    length = far;
  }
  return { x, y, angle, length };
}
