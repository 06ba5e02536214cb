// @ts-check
/**
 * A one-line diagram, bound to [data-one-line]. Shows states by /ws/grid/ like the map; supply of the joints and values are fetched when
 * something on the sheet changed. Says and hears `tieline:select` {branch, from}, so that panel and other windows follow.
 */
import { expect, hear } from "../freshness.js";
import { parseFrame } from "../map/format.js";
import { stateWords } from "../map/network.js";
import { tell } from "../page.js";
import { Socket } from "../socket.js";
import { filled, gettext } from "../words.js";
import { CanvasSheet } from "./canvas_sheet.js";
import { SvgSheet } from "./svg_sheet.js";
import { nextIn } from "./walk.js";

/** @typedef {import("./svg_sheet.js").Sheet} Sheet */
/** @typedef {import("./svg_sheet.js").Value} Value */
/** @typedef {{ version: number, sequence: number, branches: Record<string, number>, nodes: Record<string, number>, values: Record<string, Value[]> }} Live */

const GATHER = 120;
const EVERY = 10_000;
const RETRY = 2500;
const READABLE = 0.75; // of the size in which the sheet is drawn
const LEAST = 0.05;

class Diagram {
  /** @param {HTMLElement} host @param {(picked: (branches: number[], at: MouseEvent) => void) => Sheet} made */
  constructor(host, made) {
    this.host = host;
    this.view = /** @type {HTMLElement} */ (host.querySelector("[data-diagram-view]"));
    this.status = /** @type {HTMLElement} */ (host.querySelector("[data-diagram-status]"));
    this.trouble = /** @type {HTMLElement} */ (host.querySelector("[data-diagram-trouble]"));
    this.choice = /** @type {HTMLElement} */ (host.querySelector("[data-diagram-choice]"));
    this.sheet = made((branches, at) => this.#picked(branches, at));
    this.scale = 1;
    this.chosen = -1;
    this.due = 0;
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
      const { places } = this.sheet;
      const next = nextIn(places, places.find((place) => place.branch === this.chosen), way);
      if (next) this.#say(next.branch);
    });
    this.view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const { left, top } = this.view.getBoundingClientRect();
      this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - left, event.clientY - top);
    }, { passive: false });
    document.body.addEventListener("tieline:lit", (event) => { this.sheet.light(/** @type {CustomEvent} */ (event).detail.branches); });
    document.body.addEventListener("tieline:preview", (event) => { this.sheet.light(/** @type {CustomEvent} */ (event).detail.lost ?? []); });
    document.body.addEventListener("tieline:select", (event) => this.choose(/** @type {CustomEvent} */ (event).detail.branch));
  }

  /** One thing is chosen; of several that are equally near the user says which. @param {number[]} branches @param {MouseEvent} at */
  #picked(branches, at) {
    this.choice.hidden = true;
    if (branches.length === 1) { this.#say(branches[0]); return; }
    this.choice.replaceChildren(...branches.map((branch) => this.#option(branch)));
    this.choice.hidden = false;
    const box = this.host.getBoundingClientRect();
    const x = Math.min(at.clientX - box.left + 10, box.width - this.choice.offsetWidth - 8), y = Math.min(at.clientY - box.top + 10, box.height - this.choice.offsetHeight - 8);
    this.choice.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    this.choice.querySelector("button")?.focus();
  }

  /** @param {number} branch */
  #option(branch) {
    const item = document.createElement("li"), button = document.createElement("button"), state = document.createElement("span");
    button.type = "button";
    button.className = "option";
    button.append(this.sheet.title(branch));
    state.className = "muted";
    state.textContent = this.#words(branch);
    button.append(state);
    button.addEventListener("click", () => { this.choice.hidden = true; this.view.focus({ preventScroll: true }); this.#say(branch); });
    button.addEventListener("keydown", (event) => { if (event.key === "Escape") { this.choice.hidden = true; this.view.focus({ preventScroll: true }); } });
    item.append(button);
    return item;
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
    this.chosen = branch;
    this.sheet.choose(branch);
    if (!this.sheet.has(branch)) return;
    this.status.textContent = `${this.sheet.title(branch)}: ${this.#words(branch)}`;
    const onMap = this.host.querySelector("[data-on-map]");
    if (onMap instanceof HTMLAnchorElement) {
      const url = new URL(onMap.href);
      url.searchParams.set("branch", String(branch));
      onMap.href = url.pathname + url.search;
    }
  }

  /** @param {number} branch */
  #words(branch) { return stateWords(this.live.branches[branch] ?? 0, this.sheet.isSwitch(branch)); }

  /** What is at (x, y) of the view stays there. @param {number} factor @param {number} [x] @param {number} [y] */
  zoom(factor, x = this.view.clientWidth / 2, y = this.view.clientHeight / 2) {
    const { view } = this, before = this.scale;
    const [left, top] = [view.scrollLeft + x, view.scrollTop + y];
    this.scale = Math.min(4, Math.max(LEAST, this.scale * factor));
    this.sheet.resize(this.scale);
    view.scrollTo((left * this.scale) / before - x, (top * this.scale) / before - y);
  }

  /** The whole sheet, but not smaller than asked. @param {number} [least] */
  fit(least = LEAST) {
    const { clientWidth, clientHeight } = this.view;
    this.zoom(Math.max(least, Math.min(1.6, (clientWidth - 4) / this.sheet.width, (clientHeight - 4) / this.sheet.height)) / this.scale);
  }

  /** @param {Live} live */
  show(live) {
    const told = new Set([...Object.keys(this.live.values), ...Object.keys(live.values)]);
    this.live = live;
    for (const [branch, state] of Object.entries(live.branches)) this.#branch(Number(branch), state);
    for (const [node, supply] of Object.entries(live.nodes)) this.sheet.node(Number(node), supply);
    for (const branch of told) this.sheet.values(Number(branch), live.values[branch] ?? []);
  }

  /** @param {number} branch @param {number} state */
  #branch(branch, state) {
    this.live.branches[branch] = state;
    this.sheet.branch(branch, state);
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
      if (!this.sheet.has(id)) return;
      this.#branch(id, frame.states[i]);
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
      this.trouble.textContent = answer
        ? filled(gettext("The server answered %(status)s for the diagram. Trying again."), { status: answer.status })
        : gettext("The server cannot be reached. Trying again.");
      this.due = window.setTimeout(() => void this.#fetch(), RETRY);
      return;
    }
    const live = /** @type {Live} */ (await answer.json());
    if (live.version !== this.live.version) location.reload();
    else if (live.sequence >= this.live.sequence) this.show(live);
  }
}

const host = document.querySelector("[data-one-line]");
const svg = host?.querySelector("svg[data-diagram]");
const large = host?.querySelector("[data-diagram-large]");
if (host instanceof HTMLElement && (svg || large)) {
  const diagram = new Diagram(host, (picked) => {
    if (svg instanceof SVGSVGElement) return new SvgSheet(svg, picked);
    const drawing = JSON.parse(document.getElementById("one-line-drawing")?.textContent ?? "{}");
    return new CanvasSheet(/** @type {HTMLElement} */ (large), /** @type {HTMLElement} */ (host.querySelector("[data-diagram-view]")), drawing, picked);
  });
  Object.assign(host, { diagram });
}
