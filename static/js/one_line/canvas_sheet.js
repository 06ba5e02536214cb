// @ts-check
/**
 * A sheet of more than a thousand symbols: what is in the view is drawn, on one canvas that stays in the view while the sheet scrolls below
 * it. Looks as the SVG sheet does; what is out of the ordinary stays large enough to be seen, and keeps its name, when the whole sheet shows.
 */
import { STATE } from "../map/format.js";
import { Placer } from "../map/labels.js";
import { readPalette, watchTheme } from "../map/palette.js";
import { hit } from "./hit.js";
import { shapes } from "./shapes.js";
import { flagOf, isSwitchKind, spoken } from "./svg_sheet.js";

/** @typedef {{ kind: string, x: number, y: number, is_upright: boolean, branch: number, node: number, has_room: boolean, name: string, word: string }} Symbol_ */
/** @typedef {{ points: [number, number][], branch: number, node: number, is_bus: boolean, name: string, box: number[] }} Wire */
/** @typedef {{ x: number, y: number, is_upright: boolean, node: number, number: number, name: string, url: string }} Mark */
/** @typedef {{ width: number, height: number, symbols: Symbol_[], wires: Wire[], marks: Mark[] }} Drawing */
/** @typedef {keyof import("../map/palette.js").Palette} Colour */

const TEXT = 11;
const READABLE = 0.6; // of the size in which the sheet is laid out: below it names are placed anew, in pixels of the screen
const LEAST = 0.75; // how small what is out of the ordinary is ever drawn
const AROUND = 90; // what a symbol and its words may reach beyond its middle
const DASHES = /** @type {Record<string, number[]>} */ ({ dead: [7, 4], partly: [10, 4, 2, 4], predicted: [2, 4] });

/** @implements {import("./svg_sheet.js").Sheet} */
export class CanvasSheet {
  /** @param {HTMLElement} element @param {HTMLElement} view @param {Drawing} drawing @param {(branches: number[], at: MouseEvent) => void} picked */
  constructor(element, view, drawing, picked) {
    this.element = element;
    this.viewport = view;
    this.canvas = /** @type {HTMLCanvasElement} */ (element.querySelector("canvas"));
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    ({ width: this.width, height: this.height } = drawing);
    this.drawing = drawing;
    this.shapes = shapes(document);
    this.colours = readPalette(element);
    this.scale = 1;
    this.chosen = -1;
    this.queued = false;
    this.frames = 0;
    /** @type {Set<number>} */
    this.lit = new Set();
    /** @type {Map<number, number>} */
    this.states = new Map();
    /** @type {Map<number, number>} */
    this.supply = new Map();
    /** @type {Map<number, string>} */
    this.told = new Map();
    /** @type {Map<number, Symbol_>} */
    this.symbols = new Map(drawing.symbols.filter((one) => one.branch >= 0).map((one) => [one.branch, one]));
    /** @type {Map<number, Wire>} */
    this.wires = new Map(drawing.wires.filter((one) => one.branch >= 0).map((one) => [one.branch, one]));
    for (const wire of drawing.wires) wire.box = boxOf(wire.points);
    this.#listen(picked);
  }

  /** @param {(branches: number[], at: MouseEvent) => void} picked */
  #listen(picked) {
    this.canvas.addEventListener("click", (event) => {
      const found = this.#under(event);
      if (found.url) location.href = found.url;
      else if (found.branches.length) picked(found.branches, event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const { branches: [first], url } = this.#under(event);
      this.canvas.title = first === undefined ? "" : this.title(first);
      this.canvas.style.cursor = first === undefined && !url ? "" : "pointer";
    });
    this.viewport.addEventListener("scroll", () => this.paint(), { passive: true });
    new ResizeObserver(() => this.#measure()).observe(this.viewport);
    watchTheme(() => { this.colours = readPalette(this.element); this.paint(); });
  }

  /** @param {MouseEvent} event */
  #under(event) {
    const { x, y } = this.#origin();
    return hit(this.drawing, x + event.offsetX / this.scale, y + event.offsetY / this.scale, 8 / this.scale);
  }

  /** What of the sheet is at the canvas's upper left. */
  #origin() { return { x: this.canvas.offsetLeft / this.scale, y: this.canvas.offsetTop / this.scale }; }

  get places() { return [...this.symbols.values()]; }

  /** @param {number} branch */
  has(branch) { return this.symbols.has(branch) || this.wires.has(branch); }

  /** @param {number} branch */
  title(branch) {
    const symbol = this.symbols.get(branch);
    return symbol ? `${symbol.word} ${symbol.name}` : this.wires.get(branch)?.name ?? "";
  }

  /** @param {number} branch */
  isSwitch(branch) { return isSwitchKind(this.symbols.get(branch)?.kind); }

  /** @param {number} branch @param {number} state */
  branch(branch, state) {
    if (this.states.get(branch) === state) return;
    this.states.set(branch, state);
    this.paint();
  }

  /** @param {number} node @param {number} supply */
  node(node, supply) {
    if (this.supply.get(node) === supply) return;
    this.supply.set(node, supply);
    this.paint();
  }

  /** @param {number} branch @param {import("./svg_sheet.js").Value[]} values */
  values(branch, values) {
    const words = spoken(values);
    if ((this.told.get(branch) ?? "") === words) return;
    this.told.set(branch, words);
    this.paint();
  }

  /** @param {number[]} branches */
  light(branches) {
    this.lit = new Set(branches);
    this.paint();
  }

  /** @param {number} branch */
  choose(branch) {
    this.chosen = branch;
    const place = this.symbols.get(branch) ?? middle(this.wires.get(branch));
    if (place) this.#reveal(place.x * this.scale, place.y * this.scale);
    this.paint();
  }

  /** Scrolls no farther than it has to. @param {number} x @param {number} y */
  #reveal(x, y) {
    const { viewport: view } = this;
    const edge = Math.min(40, view.clientWidth / 4, view.clientHeight / 4);
    const to = /** @type {(at: number, from: number, room: number) => number} */ ((at, from, room) => Math.min(Math.max(from, at + edge - room), at - edge));
    view.scrollTo(to(x, view.scrollLeft, view.clientWidth), to(y, view.scrollTop, view.clientHeight));
  }

  /** @param {number} scale */
  resize(scale) {
    this.scale = scale;
    this.element.style.width = `${this.width * scale}px`;
    this.element.style.height = `${this.height * scale}px`;
    this.#measure();
  }

  #measure() {
    this.ratio = Math.min(2, devicePixelRatio || 1);
    const width = Math.min(this.viewport.clientWidth, this.width * this.scale), height = Math.min(this.viewport.clientHeight, this.height * this.scale);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.#draw(); // at once: a resized canvas is empty
  }

  paint() {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => { this.queued = false; this.#draw(); });
  }

  #draw() {
    const { context, scale, colours, canvas } = this, ratio = this.ratio ?? 1;
    const from = this.#origin();
    const room = { left: from.x - AROUND, top: from.y - AROUND, right: from.x + canvas.width / ratio / scale + AROUND, bottom: from.y + canvas.height / ratio / scale + AROUND };
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = colours.panel;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * scale, 0, 0, ratio * scale, -from.x * scale * ratio, -from.y * scale * ratio);
    this.#wires(room);
    for (const mark of this.drawing.marks) if (inside(mark, room)) this.#mark(mark);
    const seen = this.#ranked(room);
    for (const one of seen) this.#symbol(one);
    this.#names(seen, from);
    this.frames++;
  }

  /** Wires of one look are one path. @param {Room} room */
  #wires(room) {
    /** @type {Map<string, { path: Path2D, colour: Colour, dash: number[], width: number }>} */
    const looks = new Map();
    for (const wire of this.drawing.wires) {
      const [left, top, right, bottom] = wire.box;
      if (left > room.right || right < room.left || top > room.bottom || bottom < room.top) continue;
      const state = wire.branch >= 0 ? this.states.get(wire.branch) ?? 0 : this.supply.get(wire.node) ?? 0;
      const colour = this.#colour(wire.branch, state);
      const pattern = state & STATE.PREDICTED ? "predicted" : (state & STATE.SUPPLY) === STATE.DEAD ? "dead" : (state & STATE.SUPPLY) === STATE.PARTLY ? "partly" : "";
      const key = `${colour} ${pattern} ${wire.is_bus}`;
      const look = looks.get(key) ?? { path: new Path2D(), colour, dash: DASHES[pattern] ?? [], width: wire.is_bus ? 6 : colour === "line" ? 2 : 3.5 };
      looks.set(key, look);
      wire.points.forEach(([x, y], i) => { if (i) look.path.lineTo(x, y); else look.path.moveTo(x, y); });
    }
    const { context } = this, wider = Math.max(1, 0.5 / this.scale);
    for (const look of [...looks.values()].sort((a, b) => Number(a.colour !== "line") - Number(b.colour !== "line"))) {
      context.strokeStyle = this.colours[look.colour];
      context.lineWidth = look.width * wider;
      context.setLineDash(look.dash.map((one) => one * wider));
      context.stroke(look.path);
    }
    context.setLineDash([]);
  }

  /** @param {number} branch @param {number} state @returns {Colour} */
  #colour(branch, state) {
    if (branch >= 0 && (this.lit.has(branch) || (branch === this.chosen && !this.symbols.has(branch)))) return "sel";
    if (state & STATE.PREDICTED) return "p1";
    const supply = state & STATE.SUPPLY;
    return supply === STATE.DEAD ? "dead" : supply === STATE.EARTHED ? "earth" : "line";
  }

  /** @param {Symbol_} one */
  #stateOf(one) { return one.branch >= 0 ? this.states.get(one.branch) ?? 0 : this.supply.get(one.node) ?? 0; }

  /** What must be seen is drawn last and named first. @param {Symbol_} one */
  #weight(one) {
    if (one.branch >= 0 && one.branch === this.chosen) return 4;
    const state = this.#stateOf(one);
    if (isSwitchKind(one.kind) && state & (STATE.ABNORMAL | STATE.TAGGED | STATE.BAD)) return 3;
    if (one.kind === "source" || one.kind === "power") return 2;
    return ["breaker", "recloser"].includes(one.kind) ? 1 : 0;
  }

  /** What is in the view, the least important first. @param {Room} room */
  #ranked(room) {
    /** @type {Symbol_[][]} */
    const tiers = [[], [], [], [], []];
    for (const one of this.drawing.symbols) if (inside(one, room)) tiers[this.#weight(one)].push(one);
    return tiers.flat();
  }

  /** @param {Symbol_} one how much larger than laid out it is drawn */
  #grown(one) { return this.#weight(one) >= 3 ? Math.max(1, LEAST / this.scale) : 1; }

  /** @param {Symbol_} one */
  #symbol(one) {
    const { context, colours } = this, state = this.#stateOf(one), isSwitch = isSwitchKind(one.kind);
    context.save();
    context.translate(one.x, one.y);
    const grown = this.#grown(one);
    if (grown > 1) context.scale(grown, grown);
    context.lineWidth = 2;
    if (isSwitch && state & STATE.ABNORMAL) {
      context.strokeStyle = colours.text;
      context.strokeRect(-13, -13, 26, 26);
    }
    if (one.branch >= 0 && one.branch === this.chosen) {
      context.lineWidth = 3;
      context.strokeStyle = colours.sel;
      context.strokeRect(-19, -22, 38, 44);
    }
    if (!one.is_upright) context.rotate(-Math.PI / 2);
    const current = colours[this.#colour(one.branch, state)];
    for (const { path, fill, stroke, width } of this.shapes.get(isSwitch ? `${one.kind}-${state & STATE.OPEN ? "open" : "closed"}` : one.kind) ?? []) {
      context.fillStyle = fill === "panel" ? colours.panel : current;
      if (fill) context.fill(path);
      context.strokeStyle = stroke === "panel" ? colours.panel : current;
      context.lineWidth = width;
      if (stroke) context.stroke(path);
    }
    context.restore();
  }

  /** @param {Symbol_[]} seen @param {{ x: number, y: number }} from */
  #names(seen, from) {
    this.context.textBaseline = "alphabetic";
    this.context.lineJoin = "round";
    if (this.scale >= READABLE) for (const one of seen) this.#words(one);
    else this.#fromAfar(seen, from);
    this.context.textAlign = "left";
  }

  /** As on the SVG sheet. @param {Symbol_} one */
  #words(one) {
    const name = one.has_room ? (one.name.length > 15 ? `${one.name.slice(0, 14)}…` : one.name) : "";
    const flag = one.branch >= 0 ? flagOf(this.#stateOf(one)) : "";
    const value = this.told.get(one.branch) ?? "";
    const [x, rows] = one.is_upright ? [17, [-1, 11, 23]] : [0, [-17, 26, 38]];
    this.context.textAlign = one.is_upright ? "left" : "center";
    this.#text(name, one.x + x, one.y + rows[0], "text");
    this.#text(value, one.x + x, one.y + rows[1], "muted");
    this.#text(flag, one.x + x, one.y + rows[2], "bad", 700);
  }

  /** Names of what matters most, as many as find room, in the size of the screen. @param {Symbol_[]} seen @param {{ x: number, y: number }} from */
  #fromAfar(seen, from) {
    const { context, scale } = this, ratio = this.ratio ?? 1;
    const placer = new Placer(this.canvas.width / ratio, this.canvas.height / ratio);
    context.textAlign = "left";
    context.font = `${TEXT / scale}px system-ui, sans-serif`;
    for (const one of [...seen].reverse()) {
      if (this.#weight(one) < 1) break;
      const flag = one.branch >= 0 ? flagOf(this.#stateOf(one)) : "";
      const words = `${one.name}${flag ? ` ${flag}` : ""}`;
      const at = placer.place((one.x - from.x) * scale, (one.y - from.y) * scale, 9 * this.#grown(one) * scale, context.measureText(words).width * scale, TEXT + 3);
      if (at) this.#text(words, at.x / scale + from.x, (at.y + TEXT) / scale + from.y, this.#weight(one) >= 3 ? "text" : "muted", 400, TEXT / scale);
    }
  }

  /** @param {string} words @param {number} x @param {number} y @param {Colour} colour @param {number} [weight] @param {number} [size] */
  #text(words, x, y, colour, weight = 400, size = TEXT) {
    if (!words) return;
    const { context, colours } = this;
    context.font = `${weight} ${size}px system-ui, sans-serif`;
    context.lineWidth = size / 3.5;
    context.strokeStyle = colours.panel;
    context.strokeText(words, x, y);
    context.fillStyle = colours[colour];
    context.fillText(words, x, y);
  }

  /** @param {Mark} mark */
  #mark(mark) {
    const { context, colours } = this;
    const stroke = colours[this.#colour(-1, this.supply.get(mark.node) ?? 0)];
    context.strokeStyle = stroke;
    context.lineWidth = 2;
    context.beginPath();
    if (mark.number) {
      context.arc(mark.x, mark.y, 9, 0, 2 * Math.PI);
      context.fillStyle = colours.panel;
      context.fill();
    } else {
      const [[ax, ay], [bx, by], [cx, cy]] = mark.is_upright ? [[-5, -3], [0, 4], [5, -3]] : [[-3, -5], [4, 0], [-3, 5]];
      context.moveTo(mark.x + ax, mark.y + ay);
      context.lineTo(mark.x + bx, mark.y + by);
      context.lineTo(mark.x + cx, mark.y + cy);
    }
    context.stroke();
    if (this.scale < READABLE) return;
    context.textAlign = mark.number || mark.is_upright ? "center" : "left";
    if (mark.number) this.#text(String(mark.number), mark.x, mark.y + 4, "text");
    else this.#text(mark.name, mark.x + (mark.is_upright ? 0 : 9), mark.y + (mark.is_upright ? 18 : 4), "text");
  }
}

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Room */
/** @param {{ x: number, y: number }} at @param {Room} room */
const inside = (at, room) => at.x >= room.left && at.x <= room.right && at.y >= room.top && at.y <= room.bottom;

/** @param {[number, number][]} points */
function boxOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** @param {Wire | undefined} wire */
function middle(wire) {
  return wire && { x: (wire.box[0] + wire.box[2]) / 2, y: (wire.box[1] + wire.box[3]) / 2 };
}
