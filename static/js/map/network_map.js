// @ts-check
/**
 * The network map, bound to [data-network-map]. Puts the parts together: feed, view, base picture, overlay, markers, input.
 * Speaks with the page by events on body: hears and says `tieline:select` {branch, outage, from}, hears `tieline:preview`
 * {lost, gained}, `tieline:lit` {branches} and `tieline:outages-shown`.
 */
import { age } from "../freshness.js";
import { filled, gettext, number } from "../words.js";
import { fillAbnormalList, kindWord, option } from "./abnormal_list.js";
import { BaseLayer } from "./base_layer.js";
import { Feed } from "./feed.js";
import { Heat } from "./heat.js";
import { listen } from "./input.js";
import { drawMarkers, hitMarker, readMarkers } from "./markers.js";
import { stateWords } from "./network.js";
import { Overlay } from "./overlay.js";
import { readPalette, watchTheme } from "./palette.js";
import { pick } from "./picking.js";
import { StreetSwitch } from "./street_switch.js";
import { isSwitch } from "./symbols.js";
import { drawTemporary, isOfField, readTemporary } from "./temporary.js";
import { View } from "./view.js";

const SETTLED = 160;
const CLOSE_LOOK = 0.09;

/** @param {ParentNode} root @param {string} name @returns {HTMLElement} */
function part(root, name) {
  const found = root.querySelector(`[data-map-${name}]`);
  if (!(found instanceof HTMLElement)) throw new Error(`the map has no [data-map-${name}]`);
  return found;
}

export class NetworkMap {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
    this.screen = part(host, "view");
    this.status = part(host, "status");
    this.choice = part(host, "choice");
    this.callout = part(host, "callout");
    this.list = part(host, "list");
    this.base = canvasOf(part(host, "base"), false);
    this.overlay = new Overlay(canvasOf(part(host, "overlay"), true));
    this.view = new View();
    this.colours = readPalette(host);
    this.layer = new BaseLayer(host.dataset.worker ?? "", () => this.paint(), () => this.#askBase());
    this.streets = new StreetSwitch(host, this.layer);
    /** @type {import("./network.js").Network | null} */
    this.network = null;
    this.selected = -1;
    this.untold = false;
    this.outage = "";
    this.markers = readMarkers();
    this.temporary = readTemporary();
    this.showsField = true;
    /** @type {{ lit: Iterable<number>, lost: Iterable<number>, gained: Iterable<number> }} */
    this.shown = { lit: [], lost: [], gained: [] };
    this.glow = { lit: /** @type {import("./chains.js").Chain[]} */ ([]), lost: /** @type {import("./chains.js").Chain[]} */ ([]), gained: /** @type {import("./chains.js").Chain[]} */ ([]) };
    this.heat = new Heat(host, () => this.paint());
    this.ratio = 1;
    this.queued = false;
    this.moving = false;
    this.settle = 0;
    this.looked = false;
    this.frames = 0;
    this.#listen();
    this.feed = new Feed({ base: host.dataset.base ?? "", version: host.dataset.version ?? "", socket: host.dataset.socket ?? "" }, {
      network: (network) => this.#adopt(network),
      state: () => this.#stateChanged(),
      names: () => { this.paint(); this.#listChanged(); if (this.untold) this.#tell(); },
      trouble: (text) => this.#trouble(text),
      gone: () => this.#reload(),
    });
    void this.feed.start();
  }

  #listen() {
    new ResizeObserver(() => this.#resize()).observe(this.screen);
    watchTheme(() => { this.colours = readPalette(this.host); this.layer.forget(); this.#askBase(); this.paint(); });
    listen(this.screen, {
      pan: (dx, dy) => { this.view.pan(dx, dy); this.#moved(); },
      zoom: (factor, x, y) => { this.view.zoom(factor, x, y); this.#moved(); },
      pick: (x, y, keyboard) => this.#pick(x, y, keyboard),
      hover: (x, y) => this.#hover(x, y),
      fit: () => this.fit(),
      leave: () => { this.screen.title = ""; },
    });
    this.host.addEventListener("click", (event) => this.#button(event));
    const { body } = document;
    body.addEventListener("tieline:select", (event) => this.#selectEvent(/** @type {CustomEvent} */ (event).detail));
    body.addEventListener("tieline:preview", (event) => this.#show(/** @type {CustomEvent} */ (event).detail));
    body.addEventListener("tieline:lit", (event) => this.#show({ lit: /** @type {CustomEvent} */ (event).detail.branches, gained: /** @type {CustomEvent} */ (event).detail.stops }));
    body.addEventListener("tieline:then", (event) => this.#then(/** @type {CustomEvent} */ (event).detail));
    document.addEventListener("htmx:afterSettle", () => { this.#readPage(); this.#fillCallout(); this.paint(); });
    this.screen.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#closeAll(); });
    this.choice.addEventListener("keydown", (event) => { if (event.key === "Escape") { this.#closeAll(); this.screen.focus(); } });
    this.list.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#toggleList(this.screen); });
  }

  /** Outages and temporary elements of the page are those of now. */
  #readPage() {
    if (this.#isPast()) return;
    this.markers = readMarkers();
    this.temporary = readTemporary();
  }

  /** The network as it was. A study is held, too, and its page speaks of it. */
  #isPast() { return this.feed.held && this.host.dataset.states === undefined; }

  /** The network as it was, or (without states) live again. @param {{ states: Uint8Array | null, temporary: import("./temporary.js").Temporary[] }} detail */
  #then({ states, temporary }) {
    if (states) {
      this.feed.hold(states);
      this.markers = this.#isPast() ? [] : readMarkers();
      this.temporary = temporary;
      this.outage = "";
      this.#fillCallout();
    } else {
      this.feed.release();
      this.#readPage();
    }
    this.paint();
  }

  /** @param {import("./network.js").Network} network */
  #adopt(network) {
    const before = this.network;
    this.network = network;
    this.heat.adopt(network);
    this.layer.load(network.geometry, network.extent);
    this.streets.adopt(network);
    this.#light();
    this.#resize();
    if (!before) this.fit();
    this.#askBase();
    const { branch } = this.host.dataset;
    if (!before && branch) this.select(Number(branch), "", "page");
  }

  #stateChanged() {
    this.host.dataset.ready = "";
    this.host.dataset.seq = String(this.network?.seq ?? 0);
    this.paint();
    this.#listChanged();
  }

  #listChanged() {
    if (!this.network) return;
    for (const place of this.host.querySelectorAll("[data-map-count]")) place.textContent = number(this.network.unusual.size);
    if (!this.list.hidden) fillAbnormalList(part(this.list, "items"), this.network, (branch) => this.select(branch, "", "list"));
  }

  /** @param {string} text */
  #trouble(text) {
    const place = part(this.host, "trouble");
    place.hidden = !text;
    place.textContent = text;
  }

  /** Another version of the network is operated now; whoever is in the middle of something finishes first. */
  #reload() {
    const busy = document.querySelector("dialog[open]");
    if (!busy) { location.reload(); return; }
    this.#trouble(gettext("Another version of the network is in operation: the page is loaded again when you close the dialog."));
    busy.addEventListener("close", () => location.reload(), { once: true });
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.screen;
    if (!width || !height) return;
    const first = this.view.width <= 1;
    this.ratio = Math.min(2, devicePixelRatio || 1);
    for (const context of [this.base, this.overlay.context]) {
      context.canvas.width = Math.round(width * this.ratio);
      context.canvas.height = Math.round(height * this.ratio);
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    }
    this.view.resize(width, height);
    if (this.network) this.view.least = leastScale(this.network.extent, width, height);
    if (first || !this.looked) this.fit();
    this.#askBase();
    this.#draw(); // at once: a resized canvas is empty
  }

  fit() {
    if (!this.network) return;
    this.view.fit(this.network.extent, Math.min(44, this.view.width / 10), undefined, this.#foot(), this.#side());
    this.looked = false;
    this.#askBase();
    this.paint();
  }

  /** The room the legend takes from the map. */
  #foot() {
    const legend = this.host.querySelector(".map-legend");
    return legend instanceof HTMLElement && legend.checkVisibility() ? legend.offsetHeight : 0;
  }

  /** The room the tools take, where the map is wide enough to give it. */
  #side() {
    const tools = this.host.querySelector(".map-tools");
    return tools instanceof HTMLElement ? Math.min(Math.max(0, tools.offsetWidth - 44), this.view.width / 5) : 0;
  }

  /** What lies over the map, in its pixels: no name is written below it. @returns {number[][]} */
  #covered() {
    const from = this.host.getBoundingClientRect();
    const over = [...this.host.querySelectorAll(".map-tools > *, .map-legend, .map-lit, .map-list")];
    return over.map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0)
      .map((box) => [box.left - from.left, box.top - from.top, box.width, box.height]);
  }

  #moved() {
    this.looked = true;
    this.moving = true;
    clearTimeout(this.settle);
    this.settle = window.setTimeout(() => { this.moving = false; this.paint(); }, SETTLED);
    this.#askBase();
    this.paint();
  }

  #askBase() {
    if (this.network && this.view.width > 1) this.layer.request(this.view, this.ratio, this.colours);
  }

  paint() {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => { this.queued = false; this.#draw(); });
  }

  #draw() {
    this.layer.blit(this.base, this.view, this.colours.panel);
    if (!this.network) return;
    const under = this.#isPast() ? undefined : () => this.heat.draw(this.overlay.context, this.view, this.colours);
    this.overlay.covered = this.#covered();
    this.overlay.draw(this.network, this.view, this.colours, { selected: this.selected, moving: this.moving, under, ...this.glow });
    drawTemporary(this.overlay.context, this.showsField ? this.temporary : this.temporary.filter((one) => !isOfField(one)), this.network, this.view, this.colours);
    drawMarkers(this.overlay.context, this.markers, this.network, this.view, this.colours, this.outage);
    if (this.host.dataset.keyboard !== undefined) this.#crosshair();
    this.#placeCallout();
    this.frames++;
  }

  #crosshair() {
    const { context } = this.overlay, x = this.view.width / 2, y = this.view.height / 2;
    context.strokeStyle = this.colours.sel;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + dx * 5, y + dy * 5);
      context.lineTo(x + dx * 15, y + dy * 15);
    }
    context.stroke();
  }

  /** @param {number} x @param {number} y @param {boolean} keyboard */
  #pick(x, y, keyboard) {
    this.choice.hidden = true;
    const marker = hitMarker(this.markers, x, y);
    if (marker) { this.select(marker.branch, marker.id, "map"); return; }
    if (!this.network) return;
    const found = pick(this.network, this.layer.index, this.overlay.marks, this.view, x, y, keyboard ? 24 : undefined);
    if (found.length > 1) this.#ask(found, x, y);
    else if (found.length) this.select(found[0], "", "map");
    else if (keyboard) this.#say(gettext("Nothing here."));
    else { this.outage = ""; this.#fillCallout(); this.#say(gettext("Nothing selected here.")); this.paint(); }
  }

  /** Several things are equally near: let the user say which. @param {number[]} branches @param {number} x @param {number} y */
  #ask(branches, x, y) {
    const network = /** @type {import("./network.js").Network} */ (this.network);
    this.choice.replaceChildren(...branches.map((branch) => option(network, branch, (chosen) => {
      this.choice.hidden = true;
      this.select(chosen, "", "map");
      this.screen.focus({ preventScroll: true });
    })));
    this.choice.hidden = false;
    put(this.choice, Math.min(x + 10, this.view.width - this.choice.offsetWidth - 8), Math.min(y + 10, this.view.height - this.choice.offsetHeight - 8));
    this.choice.querySelector("button")?.focus();
    this.#say(filled(gettext("%(count)s elements are here: choose one."), { count: branches.length }));
  }

  /** @param {number} x @param {number} y */
  #hover(x, y) {
    if (!this.network) return;
    const [first] = hitMarker(this.markers, x, y) ? [] : pick(this.network, this.layer.index, this.overlay.marks, this.view, x, y, 5);
    const text = first === undefined ? "" : `${kindWord(this.network.kind(first))} ${this.network.name(first)}`;
    if (this.screen.title !== text) this.screen.title = text;
    this.screen.classList.toggle("pointing", first !== undefined || !!hitMarker(this.markers, x, y));
  }

  /** @param {number} branch @param {string} outage @param {string} from who asked: "map", "list", "page" */
  select(branch, outage, from) {
    document.body.dispatchEvent(new CustomEvent("tieline:select", { detail: { branch, outage, from } }));
  }

  /** @param {{ branch: number, outage?: string, from: string }} detail */
  #selectEvent({ branch, outage = "", from }) {
    const { network } = this;
    if (!network) { this.host.dataset.branch = String(branch); return; }
    this.selected = branch;
    this.outage = outage || this.markers.find((marker) => marker.branch === branch)?.id || "";
    const at = network.place(branch);
    if (at && from !== "map") {
      if (this.view.k < CLOSE_LOOK && from !== "page") this.view.k = Math.min(CLOSE_LOOK, this.view.k * 3);
      this.view.centre(at.x, at.y);
      this.#moved();
    }
    this.#tell();
    this.#fillCallout();
    this.paint();
  }

  /** Says what is selected; again when its name has come. */
  #tell() {
    const { network, selected } = this;
    if (!network || selected < 0) return;
    this.untold = !network.knownName(selected);
    const kind = network.kind(selected);
    const what = { kind: kindWord(kind), name: network.name(selected), state: stateWords(network.state[selected], isSwitch(kind)) };
    this.#say(filled(gettext("Selected %(kind)s %(name)s: %(state)s."), what));
  }

  /** @param {{ lit?: number[], lost?: number[], gained?: number[] }} what */
  #show({ lit, lost = [], gained = [] }) {
    this.shown = { lit: lit ?? [], lost, gained };
    this.#light();
    const box = this.network?.boxOf([...(lit ?? []), ...lost, ...gained]);
    if (box && (box.right > box.left || box.top > box.bottom)) { this.view.fit(box, 60, 0.6); this.#moved(); }
    this.paint();
  }

  #light() {
    const { network } = this;
    if (!network) return;
    this.glow = { lit: network.chainsOf(this.shown.lit), lost: network.chainsOf(this.shown.lost), gained: network.chainsOf(this.shown.gained) };
  }

  #fillCallout() {
    const marker = this.markers.find((one) => one.id === this.outage);
    const template = marker?.row.querySelector("template[data-callout]");
    if (!(template instanceof HTMLTemplateElement)) { this.callout.hidden = true; return; }
    this.callout.replaceChildren(template.content.cloneNode(true));
    this.callout.hidden = false;
    /** @type {any} */ (window).htmx?.process(this.callout);
  }

  #placeCallout() {
    if (this.callout.hidden) return;
    const marker = this.markers.find((one) => one.id === this.outage);
    if (!marker || Number.isNaN(marker.x)) { this.callout.hidden = true; return; }
    const { offsetWidth: width, offsetHeight: height } = this.callout;
    const right = marker.x + 40 + width < this.view.width;
    const x = right ? marker.x + 40 : marker.x - 40 - width;
    put(this.callout, Math.max(8, Math.min(x, this.view.width - width - 8)), Math.max(8, Math.min(marker.y + 42, this.view.height - height - 8)));
  }

  /** @param {MouseEvent} event */
  #button(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-map-do]") : null;
    if (!(button instanceof HTMLElement)) return;
    const { width, height } = this.view;
    /** @type {Record<string, () => void>} */
    const meant = {
      fit: () => this.fit(),
      in: () => { this.view.zoom(1.6, width / 2, height / 2); this.#moved(); },
      out: () => { this.view.zoom(1 / 1.6, width / 2, height / 2); this.#moved(); },
      list: () => this.#toggleList(button),
      field: () => { this.showsField = !this.showsField; button.setAttribute("aria-pressed", String(this.showsField)); this.paint(); },
      streets: () => this.streets.toggle(),
      clear: () => this.#show({}),
      "close-callout": () => { this.outage = ""; this.#fillCallout(); this.paint(); this.screen.focus({ preventScroll: true }); },
    };
    meant[button.dataset.mapDo ?? ""]?.();
  }

  /** @param {HTMLElement} button */
  #toggleList(button) {
    this.list.hidden = !this.list.hidden;
    for (const one of this.host.querySelectorAll('[data-map-do="list"][aria-expanded]')) one.setAttribute("aria-expanded", String(!this.list.hidden));
    this.#listChanged();
    if (!this.list.hidden) /** @type {HTMLElement | null} */ (this.list.querySelector("[data-map-items] button") ?? this.list.querySelector("button"))?.focus();
    else button.focus();
  }

  #closeAll() {
    this.choice.hidden = true;
    if (this.shown.lit || this.shown.lost) this.#show({});
  }

  /** @param {string} text */
  #say(text) { this.status.textContent = text; }

  /** For tests and the help page: what the map is doing. */
  report() {
    return { frames: this.frames, drawn: this.layer.drawn, took: this.layer.took, seq: this.network?.seq ?? -1, unusual: this.network?.unusual.size ?? 0,
      refetches: this.feed.refetches, selected: this.selected, marks: this.overlay.marks.length, k: this.view.k, age: age(), worker: !!this.layer.worker };
  }
}

/** @param {import("./network.js").Box} extent @param {number} width @param {number} height zooming out stops at half the size that fits */
function leastScale(extent, width, height) {
  return 0.5 * Math.min(width / Math.max(1, extent.right - extent.left), height / Math.max(1, extent.top - extent.bottom));
}

/** @param {HTMLElement} element @param {number} x @param {number} y */
function put(element, x, y) { element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`; }

/** @param {HTMLElement} element @param {boolean} alpha */
function canvasOf(element, alpha) {
  const context = element instanceof HTMLCanvasElement ? element.getContext("2d", { alpha }) : null;
  if (!context) throw new Error("this browser cannot draw on a canvas");
  return context;
}

for (const host of document.querySelectorAll("[data-network-map]")) {
  const map = new NetworkMap(/** @type {HTMLElement} */ (host));
  Object.assign(host, { networkMap: map });
  map.screen.addEventListener("focus", () => { if (map.screen.matches(":focus-visible")) { map.host.dataset.keyboard = ""; map.paint(); } });
  map.screen.addEventListener("blur", () => { delete map.host.dataset.keyboard; map.paint(); });
}
