// @ts-check
/** Geometry and state of one model version together: which branches are unusual, and what belongs to a branch. */
import { gettext } from "../words.js";
import { joinSegments } from "./chains.js";
import { STATE, UNUSUAL } from "./format.js";
import { isSwitch, tierOf, TIERS } from "./symbols.js";

/** @typedef {import("./format.js").Geometry} Geometry */
/** @typedef {import("./chains.js").Chain} Chain */
/** @typedef {{ left: number, right: number, bottom: number, top: number }} Box */
/** @typedef {"dead" | "partly" | "earthed" | "predicted" | "bad"} Look */

/** @param {Uint32Array} owner branch id per item @param {number} branches */
function byBranch(owner, branches) {
  const start = new Uint32Array(branches + 1);
  for (let i = 0; i < owner.length; i++) start[owner[i] + 1]++;
  for (let b = 0; b < branches; b++) start[b + 1] += start[b];
  const next = start.slice();
  const items = new Uint32Array(owner.length);
  for (let i = 0; i < owner.length; i++) items[next[owner[i]]++] = i;
  return { start, items };
}

/** Symbol numbers by importance. @param {import("./format.js").Symbols} symbols @returns {number[][]} */
function byTier({ count, kind }) {
  /** @type {number[][]} */
  const tiers = TIERS.map(() => []);
  for (let s = 0; s < count; s++) tiers[tierOf(kind[s])].push(s);
  return tiers;
}

export class Network {
  /** @param {Geometry} geometry */
  constructor(geometry) {
    this.geometry = geometry;
    let most = -1;
    for (const b of geometry.branch) if (b > most) most = b;
    for (const b of geometry.symbols.branch) if (b > most) most = b;
    this.branches = most + 1;
    this.segments = byBranch(geometry.branch, this.branches);
    this.symbols = byBranch(geometry.symbols.branch, this.branches);
    this.tiers = byTier(geometry.symbols);
    this.state = new Uint8Array(this.branches);
    /** @type {Set<number>} */
    this.unusual = new Set();
    /** @type {Set<number>} of these, the switches whose symbol must be drawn at any scale */
    this.marked = new Set();
    /** @type {string[] | Map<number, string>} all of them, or (of a large network) those that were asked for */
    this.names = [];
    /** @type {((branch: number) => void) | null} where a name that is not here yet can be had */
    this.wants = null;
    /** @type {Record<string, string>} names of substations, by the branch their symbol lies on */
    this.sources = {};
    this.seq = 0;
    /** @type {Record<Look, Chain[]> | null} */
    this.lines = null;
    this.extent = extentOf(geometry);
    this.spacing = spacing(geometry.symbols, this.tiers[0]);
  }

  /** @param {Uint8Array} states @param {number} seq */
  replaceState(states, seq) {
    this.state.fill(0);
    this.state.set(states.subarray(0, this.branches));
    this.unusual.clear();
    this.marked.clear();
    for (let b = 0; b < this.branches; b++) if (this.state[b] & UNUSUAL) this.#note(b);
    this.seq = seq;
    this.lines = null;
  }

  /** @param {Uint32Array} ids @param {Uint8Array} states @param {number} seq */
  applyDelta(ids, states, seq) {
    for (let i = 0; i < ids.length; i++) {
      if (ids[i] >= this.branches) continue;
      this.state[ids[i]] = states[i];
      this.#note(ids[i]);
    }
    this.seq = seq;
    this.lines = null;
  }

  /** Keeps the two sets true for one branch. @param {number} branch */
  #note(branch) {
    const state = this.state[branch];
    if (state & UNUSUAL) this.unusual.add(branch);
    else this.unusual.delete(branch);
    if (state & (STATE.ABNORMAL | STATE.BAD | STATE.TAGGED) && isSwitch(this.kind(branch))) this.marked.add(branch);
    else this.marked.delete(branch);
  }

  /** The unusual lines by how they look, joined; kept until the state changes. */
  looks() {
    if (this.lines) return this.lines;
    /** @type {Record<Look, number[]>} */
    const sorted = { dead: [], partly: [], earthed: [], predicted: [], bad: [] };
    const { start, items } = this.segments;
    for (const b of this.unusual) {
      const look = lookOf(this.state[b]);
      if (look) for (let j = start[b]; j < start[b + 1]; j++) sorted[look].push(items[j]);
    }
    const { quads, level } = this.geometry;
    const join = (/** @type {Look} */ look) => joinSegments(quads, level, sorted[look]);
    this.lines = { dead: join("dead"), partly: join("partly"), earthed: join("earthed"), predicted: join("predicted"), bad: join("bad") };
    return this.lines;
  }

  /** @param {Iterable<number>} branches @returns {Chain[]} */
  chainsOf(branches) {
    /** @type {number[]} */
    const found = [];
    const { start, items } = this.segments;
    for (const b of branches) if (b < this.branches) for (let j = start[b]; j < start[b + 1]; j++) found.push(items[j]);
    return joinSegments(this.geometry.quads, this.geometry.level, found);
  }

  /** Where a branch is: its symbol, else the middle of its line. @param {number} branch @returns {{ x: number, y: number } | null} */
  place(branch) {
    if (!(branch >= 0 && branch < this.branches)) return null;
    const marks = this.symbols, lines = this.segments;
    if (marks.start[branch + 1] > marks.start[branch]) {
      const s = marks.items[marks.start[branch]];
      return { x: this.geometry.symbols.x[s], y: this.geometry.symbols.y[s] };
    }
    const many = lines.start[branch + 1] - lines.start[branch];
    if (!many) return null;
    const o = lines.items[lines.start[branch] + (many >> 1)] * 4, q = this.geometry.quads;
    return { x: (q[o] + q[o + 2]) / 2, y: (q[o + 1] + q[o + 3]) / 2 };
  }

  /** @param {Iterable<number>} branches @returns {Box | null} */
  boxOf(branches) {
    /** @type {Box | null} */
    let box = null;
    for (const b of branches) {
      const at = this.place(b);
      if (!at) continue;
      if (!box) box = { left: at.x, right: at.x, bottom: at.y, top: at.y };
      box.left = Math.min(box.left, at.x); box.right = Math.max(box.right, at.x);
      box.bottom = Math.min(box.bottom, at.y); box.top = Math.max(box.top, at.y);
    }
    return box;
  }

  /** Its name, "" while that is on its way. @param {number} branch */
  knownName(branch) {
    const name = this.names instanceof Map ? this.names.get(branch) : this.names[branch];
    if (name === undefined) this.wants?.(branch);
    return name ?? "";
  }

  /** @param {number} branch */
  name(branch) { return this.knownName(branch) || `no. ${branch}`; }

  /** Its symbol numbers. @param {number} branch */
  symbolsOf(branch) {
    return branch < this.branches ? this.symbols.items.subarray(this.symbols.start[branch], this.symbols.start[branch + 1]) : [];
  }

  /** @param {number} branch */
  sourceName(branch) { return this.sources[branch] ?? this.knownName(branch); }

  /** @param {number} branch the kind of its symbol, 0 for a line */
  kind(branch) {
    const { start, items } = this.symbols;
    let kind = 0; // a source may share its branch with the switch at its door: the switch is what can be operated
    for (let j = start[branch]; j < start[branch + 1]; j++) {
      const found = this.geometry.symbols.kind[items[j]];
      if (!kind || found < kind) kind = found;
    }
    return kind;
  }
}

/** @param {number} state @returns {Look | null} the one that matters most */
export function lookOf(state) {
  const supply = state & STATE.SUPPLY;
  if (supply === STATE.EARTHED) return "earthed";
  if (supply === STATE.DEAD) return "dead";
  if (supply === STATE.PARTLY) return "partly";
  if (state & STATE.PREDICTED) return "predicted";
  return state & STATE.BAD ? "bad" : null;
}

/** A state in words, for lists and the live region. @param {number} state @param {boolean} isSwitch */
export function stateWords(state, isSwitch) {
  const words = [];
  if (isSwitch) words.push(state & STATE.OPEN ? gettext("open") : gettext("closed"));
  if (isSwitch && state & STATE.ABNORMAL) words.push(gettext("abnormal position"));
  const supply = state & STATE.SUPPLY;
  if (supply === STATE.DEAD) words.push(gettext("de-energised"));
  if (supply === STATE.PARTLY) words.push(gettext("a phase is dead"));
  if (supply === STATE.EARTHED) words.push(gettext("earthed"));
  if (state & STATE.PREDICTED) words.push(gettext("in a predicted outage"));
  if (state & STATE.BAD) words.push(gettext("bad quality"));
  if (state & STATE.TAGGED) words.push(gettext("tagged"));
  return words.join(", ") || gettext("energised");
}

/**
 * How far apart substations stand where they stand close, in steps: nine in ten have more room than this.
 * @param {import("./format.js").Symbols} symbols @param {number[]} stations
 */
function spacing({ x, y }, stations) {
  if (stations.length < 2 || stations.length > 3000) return Infinity;
  const nearest = stations.map((one) => {
    let least = Infinity;
    for (const other of stations) {
      const apart = Math.max(Math.abs(x[one] - x[other]), Math.abs(y[one] - y[other]));
      if (apart > 0 && apart < least) least = apart;
    }
    return least;
  });
  return nearest.sort((a, b) => a - b)[Math.floor(nearest.length / 10)];
}

/** @param {Geometry} geometry @returns {Box} */
function extentOf({ quads, count, symbols }) {
  const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  /** @param {number} x @param {number} y */
  const widen = (x, y) => {
    if (x < box.left) box.left = x;
    if (x > box.right) box.right = x;
    if (y < box.bottom) box.bottom = y;
    if (y > box.top) box.top = y;
  };
  for (let o = 0; o < count * 4; o += 2) widen(quads[o], quads[o + 1]);
  for (let s = 0; s < symbols.count; s++) widen(symbols.x[s], symbols.y[s]);
  return Number.isFinite(box.left) ? box : { left: 0, right: 65535, bottom: 0, top: 65535 };
}
