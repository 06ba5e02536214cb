// @ts-check
/**
 * A one-line diagram, bound to [data-one-line]. Shows states by /ws/grid/ like the map; supply of the joints and values are fetched when
 * something on the sheet changed. Says and hears `tieline:select` {branch, from}, so that panel and other windows follow.
 */
import { expect, hear } from "../freshness.js";
import { parseFrame, STATE } from "../map/format.js";
import { stateWords } from "../map/network.js";
import { tell } from "../page.js";
import { Socket } from "../socket.js";
import { nextIn } from "./walk.js";

/** @typedef {{ text: string, quality: string, is_bad?: boolean }} Value */
/** @typedef {{ version: number, sequence: number, branches: Record<string, number>, nodes: Record<string, number>, values: Record<string, Value[]> }} Live */

const SUPPLY = ["", "dead", "partly", "earthed"];
const GATHER = 120;
const EVERY = 10_000;
const RETRY = 2500;
const READABLE = 0.75; // of the size in which the sheet is drawn

class Diagram {
  /** @param {HTMLElement} host @param {SVGSVGElement} svg */
  constructor(host, svg) {
    this.host = host;
    this.svg = svg;
    this.view = /** @type {HTMLElement} */ (host.querySelector("[data-diagram-view]"));
    this.status = /** @type {HTMLElement} */ (host.querySelector("[data-diagram-status]"));
    this.trouble = /** @type {HTMLElement} */ (host.querySelector("[data-diagram-trouble]"));
    this.width = svg.viewBox.baseVal.width;
    this.height = svg.viewBox.baseVal.height;
    this.scale = 1;
    this.chosen = -1;
    this.due = 0;
    /** @type {Map<string, SVGGElement[]>} */
    this.byBranch = groups(svg, "branch");
    this.byNode = groups(svg, "node");
    /** @type {Live} */
    this.live = JSON.parse(document.getElementById("one-line-live")?.textContent ?? "{}");
    this.show(this.live);
    this.#listen();
    this.fit(READABLE);
    if (host.dataset.branch) this.choose(Number(host.dataset.branch));
    this.#follow();
    host.dataset.ready = "true";
  }

  #listen() {
    this.svg.addEventListener("click", (event) => {
      const found = event.target instanceof Element ? event.target.closest("[data-branch]") : null;
      if (found instanceof SVGElement) this.#say(Number(found.dataset.branch));
    });
    this.host.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-diagram-do], [data-select-branch-here]") : null;
      if (!(button instanceof HTMLElement)) return;
      if (button.dataset.selectBranchHere) this.#say(Number(button.dataset.selectBranchHere));
      else this.#do(button.dataset.diagramDo ?? "");
    });
    this.view.addEventListener("keydown", (event) => {
      const way = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] })[event.key];
      if (!way || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const next = nextIn(this.places, this.places.find((place) => place.branch === this.chosen), way);
      if (next) this.#say(next.branch);
    });
    this.view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15);
    }, { passive: false });
    document.body.addEventListener("tieline:lit", (event) => { this.#light(/** @type {CustomEvent} */ (event).detail.branches); });
    document.body.addEventListener("tieline:preview", (event) => { this.#light(/** @type {CustomEvent} */ (event).detail.lost ?? []); });
    document.body.addEventListener("tieline:select", (event) => this.choose(/** @type {CustomEvent} */ (event).detail.branch));
  }

  /** Symbols one can walk to. @returns {import("./walk.js").Place[]} */
  get places() {
    return [...this.svg.querySelectorAll(".ol-symbol[data-branch]")].map((group) => {
      const { e, f } = /** @type {DOMMatrix} */ (/** @type {SVGGElement} */ (group).transform.baseVal[0].matrix);
      return { branch: Number(/** @type {SVGGElement} */ (group).dataset.branch), x: e, y: f };
    });
  }

  /** @param {string} what */
  #do(what) {
    if (what === "in") this.zoom(1.25);
    if (what === "out") this.zoom(0.8);
    if (what === "fit") this.fit();
  }

  /** @param {number} branch */
  #say(branch) { tell("tieline:select", { branch, outage: "", from: "one-line" }); }

  /** @param {number} branch */
  choose(branch) {
    if (branch === this.chosen) return;
    for (const group of this.byBranch.get(String(this.chosen)) ?? []) delete group.dataset.chosen;
    this.chosen = branch;
    const [first] = this.byBranch.get(String(branch)) ?? [];
    if (!first) return;
    for (const group of this.byBranch.get(String(branch)) ?? []) group.dataset.chosen = "";
    first.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.status.textContent = `${first.querySelector("title")?.textContent ?? ""}: ${this.#words(branch)}`;
    const onMap = this.host.querySelector("[data-on-map]");
    if (onMap instanceof HTMLAnchorElement) {
      const url = new URL(onMap.href);
      url.searchParams.set("branch", String(branch));
      onMap.href = url.pathname + url.search;
    }
  }

  /** @param {number} branch */
  #words(branch) {
    const [first] = this.byBranch.get(String(branch)) ?? [];
    return stateWords(this.live.branches[branch] ?? 0, Boolean(first && isSwitch(first)));
  }

  /** What a trace or a look-ahead names. @param {number[]} branches */
  #light(branches) {
    for (const group of this.svg.querySelectorAll("[data-lit]")) group.removeAttribute("data-lit");
    for (const branch of branches) for (const group of this.byBranch.get(String(branch)) ?? []) group.dataset.lit = "";
  }

  /** @param {number} factor */
  zoom(factor) {
    this.scale = Math.min(4, Math.max(0.15, this.scale * factor));
    this.svg.setAttribute("width", String(this.width * this.scale));
    this.svg.setAttribute("height", String(this.height * this.scale));
  }

  /** The whole sheet, but not smaller than asked. @param {number} [least] */
  fit(least = 0.2) {
    this.scale = 1;
    const { clientWidth, clientHeight } = this.view;
    this.zoom(Math.max(least, Math.min(1.6, (clientWidth - 4) / this.width, (clientHeight - 4) / this.height)));
  }

  /** @param {Live} live */
  show(live) {
    this.live = live;
    for (const [branch, state] of Object.entries(live.branches)) this.#branch(branch, state);
    for (const [node, supply] of Object.entries(live.nodes)) for (const group of this.byNode.get(node) ?? []) supplied(group, supply);
    for (const [branch, groups] of this.byBranch) {
      const values = live.values[branch] ?? [];
      const text = groups[0].querySelector(".ol-value");
      if (text) text.textContent = values.slice(0, 2).map((value) => `${value.text}${value.is_bad ? " ◇?" : ""}`).join(" · ");
      if (text instanceof SVGElement) text.dataset.quality = values[0]?.quality ?? "";
    }
  }

  /** @param {string} branch @param {number} state */
  #branch(branch, state) {
    this.live.branches[branch] = state;
    for (const group of this.byBranch.get(branch) ?? []) {
      supplied(group, state & STATE.SUPPLY);
      group.toggleAttribute("data-predicted", Boolean(state & STATE.PREDICTED));
      if (!group.classList.contains("ol-symbol")) continue;
      const open = Boolean(state & STATE.OPEN);
      group.toggleAttribute("data-abnormal", isSwitch(group) && Boolean(state & STATE.ABNORMAL));
      if (isSwitch(group)) {
        group.dataset.position = open ? "open" : "closed";
        group.querySelector("use")?.setAttribute("href", `#ol-${group.dataset.kind}-${group.dataset.position}`);
      }
      const flag = group.querySelector(".ol-flag");
      if (flag) flag.textContent = [state & STATE.TAGGED ? "TAG" : "", state & STATE.BAD ? "◇?" : ""].filter(Boolean).join(" ");
    }
    const words = this.host.querySelector(`[data-state-of="${branch}"]`);
    if (words) words.textContent = stateWords(state, true);
  }

  #follow() {
    expect("grid");
    this.socket = new Socket(this.host.dataset.socket ?? "", {
      open: () => { hear("grid"); this.#fetchSoon(); },
      message: (data) => { hear("grid"); this.#frame(parseFrame(data)); },
    });
    setInterval(() => { if (!document.hidden) this.#fetchSoon(); }, EVERY);
    addEventListener("beforeprint", () => this.fit());
  }

  /** @param {import("../map/format.js").Delta | import("../map/format.js").Heartbeat | import("../map/format.js").Reload | null} frame */
  #frame(frame) {
    if (frame?.type === "reload") location.reload();
    if (frame?.type === "heartbeat" && frame.seq > this.live.sequence) this.#fetchSoon();
    if (frame?.type !== "delta") return;
    let touched = frame.previous > this.live.sequence;
    frame.ids.forEach((id, i) => {
      if (!this.byBranch.has(String(id))) return;
      this.#branch(String(id), frame.states[i]);
      touched = true;
    });
    if (touched) this.#fetchSoon();
    else this.live.sequence = Math.max(this.live.sequence, frame.seq);
  }

  #fetchSoon() {
    if (this.due) return;
    this.due = window.setTimeout(() => void this.#fetch(), GATHER);
  }

  async #fetch() {
    const answer = await fetch(this.host.dataset.liveFrom ?? "", { credentials: "same-origin" }).catch(() => null);
    this.due = 0;
    this.trouble.hidden = Boolean(answer?.ok);
    if (!answer?.ok) {
      this.trouble.textContent = answer ? `The server answered ${answer.status} for the diagram. Trying again.` : "The server cannot be reached. Trying again.";
      this.due = window.setTimeout(() => void this.#fetch(), RETRY);
      return;
    }
    const live = /** @type {Live} */ (await answer.json());
    if (live.version !== this.live.version) location.reload();
    else if (live.sequence >= this.live.sequence) this.show(live);
  }
}

/** @param {SVGSVGElement} svg @param {"branch" | "node"} name */
function groups(svg, name) {
  /** @type {Map<string, SVGGElement[]>} */
  const found = new Map();
  for (const group of svg.querySelectorAll(`[data-${name}]`)) {
    if (!(group instanceof SVGGElement)) continue;
    const key = group.dataset[name] ?? "";
    found.set(key, [...(found.get(key) ?? []), group]);
  }
  return found;
}

/** @param {SVGGElement} group @param {number} supply */
function supplied(group, supply) {
  if (SUPPLY[supply]) group.dataset.supply = SUPPLY[supply];
  else delete group.dataset.supply;
}

/** @param {SVGGElement} group */
const isSwitch = (group) => ["breaker", "recloser", "fuse", "disconnector", "load_break", "ground", "switch"].includes(group.dataset.kind ?? "");

const host = document.querySelector("[data-one-line]");
const svg = host?.querySelector("[data-diagram]");
if (host instanceof HTMLElement && svg instanceof SVGSVGElement) new Diagram(host, svg);
