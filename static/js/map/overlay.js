// @ts-check
/** Draws everything that is not the grey base: what is unusual, equipment, names, the selection. Called once per frame that changed. */
import { overlap } from "./chains.js";
import { FLAG, KIND, STATE } from "./format.js";
import { Placer } from "./labels.js";
import { drawBadges, drawSymbol, halfSize, isSwitch, LARGEST, tierOf } from "./symbols.js";

/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./chains.js").Chain} Chain */
/** @typedef {{ branch: number, kind: number, flags: number, state: number, x: number, y: number, r: number }} Mark */
/** @typedef {{ selected: number, lit: Chain[], lost: Chain[], gained: Chain[], moving: boolean, under?: () => void }} Emphasis */

const MOST_SYMBOLS = 900;
const ROOM = 36; // pixels a symbol needs around it, or the picture is a rash
const MOST_LABELS = 220;
const FULL_WIDTH = [3.2, 2.6, 2];

/** @type {[import("./network.js").Look, keyof import("./palette.js").Palette, number[], number][]} look, colour, dash, extra width */
const LOOKS = [["bad", "bad", [1, 6], 0.4], ["predicted", "p1", [2, 4], 0.6], ["partly", "dead", [10, 4, 2, 4], 0], ["dead", "dead", [7, 4], 0],
  ["earthed", "earth", [], 1]];

export class Overlay {
  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.context = context;
    /** @type {Map<string, number>} */
    this.widths = new Map();
    /** @type {Mark[]} what was drawn last and can be picked */
    this.marks = [];
    /** @type {number[][]} what lies over the map (x, y, width, height): names keep clear of it */
    this.covered = [];
  }

  /** @param {Network} network @param {View} view @param {import("./palette.js").Palette} colours @param {Emphasis} emphasis */
  draw(network, view, colours, emphasis) {
    const { context } = this;
    const box = view.box(8);
    context.clearRect(0, 0, view.width, view.height);
    emphasis.under?.();
    this.#glow(view, box, emphasis.lit, colours.sel);
    if (emphasis.selected >= 0) this.#glow(view, box, network.chainsOf([emphasis.selected]), colours.sel);
    const looks = network.looks();
    for (const [look, colour, dash, extra] of LOOKS) this.#lines(view, box, looks[look], colours[colour], dash, extra);
    this.#glow(view, box, emphasis.lost, colours.p1);
    this.#glow(view, box, emphasis.gained, colours.earth);
    this.marks = this.#visible(network, view, emphasis.selected);
    for (const mark of this.marks) {
      drawSymbol(context, colours, mark.kind, mark.flags, mark.state, mark.x, mark.y, mark.r);
      if (mark.state & (STATE.BAD | STATE.TAGGED) || (mark.state & STATE.SUPPLY) === STATE.EARTHED) drawBadges(context, colours, mark.state, mark.x, mark.y, mark.r);
    }
    this.#ring(network, view, colours, emphasis.selected);
    this.#labels(network, view, colours, emphasis);
  }

  /** @param {View} view @param {import("./network.js").Box} box @param {Chain[]} chains @param {string} colour @param {number[]} dash @param {number} extra */
  #lines(view, box, chains, colour, dash, extra) {
    if (!chains.length) return;
    const { context } = this;
    context.strokeStyle = colour;
    context.lineJoin = "round";
    context.lineCap = "butt";
    const thin = Math.min(1, 0.62 + view.k * 12);
    for (let level = 2; level >= 0; level--) {
      context.lineWidth = (FULL_WIDTH[level] + extra) * thin;
      context.setLineDash(dash);
      context.beginPath();
      for (const chain of chains) if (Math.min(2, chain.level) === level && overlap(chain, box)) trace(context, chain.points, view);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /** A broad translucent band under or over lines: trace, preview, selection.
   *  @param {View} view @param {import("./network.js").Box} box @param {Chain[]} chains @param {string} colour */
  #glow(view, box, chains, colour) {
    if (!chains.length) return;
    const { context } = this;
    context.strokeStyle = colour;
    context.globalAlpha = 0.55;
    context.lineWidth = 7;
    context.lineCap = "round";
    context.beginPath();
    for (const chain of chains) if (overlap(chain, box)) trace(context, chain.points, view);
    context.stroke();
    context.globalAlpha = 1;
  }

  /** The symbols to draw: whole tiers while they fit, and every marked one. @param {Network} network @param {View} view @param {number} selected */
  #visible(network, view, selected) {
    const { symbols } = network.geometry;
    const box = view.box(20);
    const limit = Math.min(MOST_SYMBOLS, (view.width * view.height) / ROOM ** 2);
    /** @type {Map<number, boolean>} symbol number, and whether it is drawn whatever its tier */
    const chosen = new Map();
    let stations = 0;
    for (const [t, tier] of network.tiers.entries()) {
      const found = within(symbols, tier, box, t ? limit - chosen.size : Infinity);
      if (!found) break;
      for (const s of found) chosen.set(s, false);
      if (t === 0) stations = found.length;
    }
    for (const b of [...network.marked, ...(selected >= 0 ? [selected] : [])]) for (const s of network.symbolsOf(b)) if (isInside(symbols, s, box)) chosen.set(s, true);
    const area = shownArea(network.extent, box) * view.k ** 2;
    const most = Math.max(2, Math.sqrt(area / Math.max(1, chosen.size)) / 4);
    const largest = Math.max(4, Math.min(LARGEST, Math.sqrt(area / Math.max(1, stations)) / 4.5, network.spacing * view.k / 2.6));
    /** @type {Mark[]} the usual ones first, so that an abnormal switch is never hidden by one that stands in the same place */
    const marks = [];
    for (const [s, unusual] of [...chosen].sort((a, b) => Number(a[1]) - Number(b[1]) || tierOf(symbols.kind[b[0]]) - tierOf(symbols.kind[a[0]]))) {
      const kind = symbols.kind[s], branch = symbols.branch[s];
      const r = Math.min(halfSize(kind, view.k, unusual), kind === KIND.SUBSTATION ? largest : unusual ? LARGEST : most);
      marks.push({ branch, kind, flags: symbols.flags[s], state: network.state[branch], x: view.sx(symbols.x[s]), y: view.sy(symbols.y[s]), r });
    }
    return marks;
  }

  /** @param {Network} network @param {View} view @param {import("./palette.js").Palette} colours @param {number} selected */
  #ring(network, view, colours, selected) {
    const at = network.place(selected);
    if (!at) return;
    const r = Math.max(12, halfSize(network.kind(selected), view.k, true) + 6);
    this.context.strokeStyle = colours.sel;
    this.context.lineWidth = 3;
    this.context.strokeRect(view.sx(at.x) - r, view.sy(at.y) - r, r * 2, r * 2);
  }

  /** @param {Network} network @param {View} view @param {import("./palette.js").Palette} colours @param {Emphasis} emphasis */
  #labels(network, view, colours, emphasis) {
    const { context } = this;
    const placer = new Placer(view.width, view.height);
    for (const [x, y, width, height] of this.covered) placer.take(x, y, width, height);
    const room = this.marks.length <= MOST_LABELS;
    for (const { x, y, r, kind } of this.marks) if (tierOf(kind) <= 2) placer.take(x - r, y - r, r * 2, r * 2);
    context.textBaseline = "alphabetic";
    const order = this.marks.map((mark) => ({ mark, weight: weightOf(mark, emphasis.selected) })).sort((a, b) => b.weight - a.weight);
    for (const { mark, weight } of order) {
      if (weight < 3 && (!room || emphasis.moving)) break;
      if (weight < 1 && view.k < 0.12) break;
      const text = labelText(network, mark);
      if (!text) continue; // its name is on the way
      const strong = weight >= 3;
      context.font = `${strong ? "600 13px" : "12px"} system-ui, sans-serif`;
      const width = this.#width(text, strong);
      const at = placer.place(mark.x, mark.y, mark.r, width, 15);
      if (!at) continue;
      context.lineWidth = 4.5;
      context.lineJoin = "round";
      context.strokeStyle = colours.panel;
      context.strokeText(text, at.x, at.y + 12);
      context.fillStyle = strong ? colours.text : colours.muted;
      context.fillText(text, at.x, at.y + 12);
    }
  }

  /** @param {string} text @param {boolean} strong */
  #width(text, strong) {
    const key = (strong ? "b" : "n") + text;
    let width = this.widths.get(key);
    if (width === undefined) {
      if (this.widths.size > 20000) this.widths.clear();
      width = this.context.measureText(text).width;
      this.widths.set(key, width);
    }
    return width;
  }
}

/** @param {import("./format.js").Symbols} symbols @param {number} s @param {import("./network.js").Box} box */
function isInside({ x, y }, s, box) { return x[s] >= box.left && x[s] <= box.right && y[s] >= box.bottom && y[s] <= box.top; }

/** The symbols of a tier on screen, or null as soon as there are more than fit.
 *  @param {import("./format.js").Symbols} symbols @param {number[]} tier @param {import("./network.js").Box} box @param {number} limit */
function within(symbols, tier, box, limit) {
  const found = [];
  for (const s of tier) {
    if (!isInside(symbols, s, box)) continue;
    if (found.length >= limit) return null;
    found.push(s);
  }
  return found;
}

/** How much of the network's box is on screen. @param {import("./network.js").Box} extent @param {import("./network.js").Box} box */
function shownArea(extent, box) {
  const across = Math.min(extent.right, box.right) - Math.max(extent.left, box.left);
  const up = Math.min(extent.top, box.top) - Math.max(extent.bottom, box.bottom);
  return Math.max(1, across) * Math.max(1, up);
}

/** @param {Mark} mark @param {number} selected */
function weightOf(mark, selected) {
  if (mark.branch === selected) return 5;
  if (mark.kind === KIND.SUBSTATION) return 4;
  if (isSwitch(mark.kind) && mark.state & (STATE.ABNORMAL | STATE.TAGGED | STATE.BAD)) return 3;
  if (isSwitch(mark.kind) && mark.flags & FLAG.NORMALLY_OPEN) return 2;
  return mark.kind === KIND.SERVICE ? 0 : 1;
}

/** @param {Network} network @param {Mark} mark */
function labelText(network, mark) {
  const name = mark.kind === KIND.SUBSTATION ? network.sourceName(mark.branch) : network.knownName(mark.branch);
  if (!name || !isSwitch(mark.kind) || !(mark.state & STATE.ABNORMAL)) return name;
  return `${name} ${mark.state & STATE.OPEN ? "OPEN" : "CLOSED"}`;
}

/** @param {CanvasRenderingContext2D} context @param {Uint16Array} points @param {View} view */
function trace(context, points, view) {
  const { k, ox, oy } = view;
  context.moveTo(points[0] * k + ox, oy - points[1] * k);
  for (let i = 2; i < points.length; i += 2) context.lineTo(points[i] * k + ox, oy - points[i + 1] * k);
}
