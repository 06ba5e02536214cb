// @ts-check
/** A sheet of up to a thousand symbols: every one is an element of the page. */
import { STATE } from "../map/format.js";

/** @typedef {{ text: string, quality: string, is_bad?: boolean }} Value */
/** @typedef {import("./walk.js").Place} Place */
/**
 * What the page asks of a sheet, however it is drawn. `element` takes the sheet's size times its scale, inside a view that scrolls.
 * @typedef {object} Sheet
 * @property {number} width
 * @property {number} height
 * @property {Place[]} places symbols one can walk to
 * @property {(branch: number) => boolean} has
 * @property {(branch: number) => string} title
 * @property {(branch: number) => boolean} isSwitch
 * @property {(branch: number, state: number) => void} branch
 * @property {(node: number, supply: number) => void} node
 * @property {(branch: number, values: Value[]) => void} values
 * @property {(branches: number[]) => void} light
 * @property {(branch: number, reveal: boolean) => void} choose
 * @property {(scale: number) => void} resize
 */

const SUPPLY = ["", "dead", "partly", "earthed"];
const SWITCHES = ["breaker", "recloser", "fuse", "disconnector", "load_break", "ground", "switch"];

/** @param {string | undefined} kind */
export const isSwitchKind = (kind) => SWITCHES.includes(kind ?? "");

/** @param {number} state TAG and the diamond of bad quality, in words beside the symbol */
export const flagOf = (state) => [state & STATE.TAGGED ? "TAG" : "", state & STATE.BAD ? "◇?" : ""].filter(Boolean).join(" ");

/** @param {Value[]} values */
export const spoken = (values) => values.slice(0, 2).map((value) => `${value.text}${value.is_bad ? " ◇?" : ""}`).join(" · ");

/** @implements {Sheet} */
export class SvgSheet {
  /** @param {SVGSVGElement} svg @param {(branches: number[], at: MouseEvent) => void} picked */
  constructor(svg, picked) {
    this.svg = svg;
    this.width = svg.viewBox.baseVal.width;
    this.height = svg.viewBox.baseVal.height;
    this.chosen = -1;
    this.byBranch = groups(svg, "branch");
    this.byNode = groups(svg, "node");
    svg.addEventListener("click", (event) => {
      const found = event.target instanceof Element ? event.target.closest("[data-branch]") : null;
      if (found instanceof SVGElement) picked([Number(found.dataset.branch)], event);
    });
  }

  get places() {
    return [...this.svg.querySelectorAll(".ol-symbol[data-branch]")].map((group) => {
      const { e, f } = /** @type {DOMMatrix} */ (/** @type {SVGGElement} */ (group).transform.baseVal[0].matrix);
      return { branch: Number(/** @type {SVGGElement} */ (group).dataset.branch), x: e, y: f };
    });
  }

  /** @param {number} branch */
  #of(branch) { return this.byBranch.get(branch) ?? []; }

  /** @param {number} branch */
  has(branch) { return this.byBranch.has(branch); }

  /** @param {number} branch */
  title(branch) { return this.#of(branch)[0]?.querySelector("title")?.textContent ?? ""; }

  /** @param {number} branch */
  isSwitch(branch) { return isSwitchKind(this.#of(branch)[0]?.dataset.kind); }

  /** @param {number} branch @param {number} state */
  branch(branch, state) {
    for (const group of this.#of(branch)) {
      supplied(group, state & STATE.SUPPLY);
      group.toggleAttribute("data-predicted", Boolean(state & STATE.PREDICTED));
      if (!group.classList.contains("ol-symbol")) continue;
      const isSwitch = isSwitchKind(group.dataset.kind);
      group.toggleAttribute("data-abnormal", isSwitch && Boolean(state & STATE.ABNORMAL));
      if (isSwitch) {
        group.dataset.position = state & STATE.OPEN ? "open" : "closed";
        group.querySelector("use")?.setAttribute("href", `#ol-${group.dataset.kind}-${group.dataset.position}`);
      }
      const flag = group.querySelector(".ol-flag");
      if (flag) flag.textContent = flagOf(state);
    }
  }

  /** @param {number} node @param {number} supply */
  node(node, supply) { for (const group of this.byNode.get(node) ?? []) supplied(group, supply); }

  /** @param {number} branch @param {Value[]} values */
  values(branch, values) {
    const text = this.#of(branch)[0]?.querySelector(".ol-value");
    if (text) text.textContent = spoken(values);
    if (text instanceof SVGElement) text.dataset.quality = values[0]?.quality ?? "";
  }

  /** @param {number[]} branches */
  light(branches) {
    for (const group of this.svg.querySelectorAll("[data-lit]")) group.removeAttribute("data-lit");
    for (const branch of branches) for (const group of this.#of(branch)) group.dataset.lit = "";
  }

  /** @param {number} branch */
  choose(branch) {
    for (const group of this.#of(this.chosen)) delete group.dataset.chosen;
    this.chosen = branch;
    for (const group of this.#of(branch)) group.dataset.chosen = "";
    this.#of(branch)[0]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** @param {number} scale */
  resize(scale) {
    this.svg.setAttribute("width", String(this.width * scale));
    this.svg.setAttribute("height", String(this.height * scale));
  }
}

/** @param {SVGSVGElement} svg @param {"branch" | "node"} name */
function groups(svg, name) {
  /** @type {Map<number, SVGGElement[]>} */
  const found = new Map();
  for (const group of svg.querySelectorAll(`[data-${name}]`)) {
    if (!(group instanceof SVGGElement)) continue;
    const key = Number(group.dataset[name]);
    found.set(key, [...(found.get(key) ?? []), group]);
  }
  return found;
}

/** @param {SVGGElement} group @param {number} supply */
function supplied(group, supply) {
  if (SUPPLY[supply]) group.dataset.supply = SUPPLY[supply];
  else delete group.dataset.supply;
}
