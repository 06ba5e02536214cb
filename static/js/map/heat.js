// @ts-check
/**
 * Colours of the power flow on the map, chosen by [data-map-heat]: how much of its rating a branch carries, or its voltage.
 * One byte per branch comes from the server (network/domain/charted.py): 0 unknown, else 1 to 255 over 0 to 254 %, or 0.8 to 1.2 pu.
 */
import { filled, gettext } from "../words.js";
import { overlap } from "./chains.js";

/** @typedef {import("./chains.js").Chain} Chain */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {{ below: number, colour: keyof Palette, width: number, words: string }} Step */

/** @type {Record<string, { value: (byte: number) => number, steps: Step[] }>} */
const KINDS = {
  loading: {
    value: (byte) => byte - 1,
    steps: [
      { below: 60, colour: "earth", width: 2, words: gettext("below 60 %") },
      { below: 80, colour: "p3", width: 4, words: gettext("60 to 80 %") },
      { below: 100, colour: "p2", width: 5, words: gettext("80 to 100 %") },
      { below: Infinity, colour: "p1", width: 7, words: gettext("100 % and more") },
    ],
  },
  voltage: {
    value: (byte) => 0.8 + ((byte - 1) / 254) * 0.4,
    steps: [
      { below: 0.9, colour: "p1", width: 7, words: gettext("below 0.90 pu") },
      { below: 0.95, colour: "p2", width: 5, words: gettext("0.90 to 0.95") },
      { below: 1.05, colour: "earth", width: 2, words: gettext("0.95 to 1.05") },
      { below: 1.1, colour: "p2", width: 5, words: gettext("1.05 to 1.10") },
      { below: Infinity, colour: "p1", width: 7, words: gettext("1.10 pu and more") },
    ],
  },
};
const AGAIN = 15000;

export class Heat {
  /** @param {HTMLElement} host @param {() => void} changed */
  constructor(host, changed) {
    this.address = host.dataset.heat ?? "";
    this.figures = host.dataset.heatFigures ?? this.address;
    this.choice = host.querySelector("[data-map-heat]");
    this.legend = host.querySelector("[data-map-heat-legend]");
    this.changed = changed;
    this.kind = "";
    this.bytes = new Uint8Array();
    /** @type {{ step: Step, chains: Chain[] }[]} */
    this.levels = [];
    /** @type {import("./network.js").Network | null} */
    this.network = null;
    this.choice?.addEventListener("change", () => void this.choose(this.choice instanceof HTMLSelectElement ? this.choice.value : ""));
    for (const news of ["tieline:devices", "tieline:heat"]) document.body.addEventListener(news, () => void this.fetch());
    setInterval(() => void this.fetch(), AGAIN);
  }

  /** @param {string} kind */
  async choose(kind) {
    this.kind = kind in KINDS ? kind : "";
    this.bytes = new Uint8Array();
    this.#classify();
    this.#tell("");
    await this.fetch();
  }

  async fetch() {
    const { kind } = this;
    if (!kind || !this.address) return;
    try {
      const answer = await fetch(`${this.address}${kind}.bin`, { headers: { Accept: "application/octet-stream" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (kind !== this.kind) return;
      this.bytes = bytes;
      const computed = answer.headers.get("X-Tieline-Computed");
      this.#tell(computed ? filled(gettext("computed %(time)s"), { time: computed }) : gettext("no power flow has been computed yet"));
    } catch {
      this.#tell(gettext("cannot be fetched now; what is shown may be old"));
    }
    this.#classify();
  }

  /** @param {import("./network.js").Network} network */
  adopt(network) {
    this.network = network;
    this.#classify();
  }

  #classify() {
    const { network, bytes } = this;
    const meant = KINDS[this.kind];
    this.levels = [];
    if (meant && network && bytes.length) {
      const found = meant.steps.map(() => /** @type {number[]} */ ([]));
      for (let b = 0; b < Math.min(bytes.length, network.branches); b++) {
        if (!bytes[b]) continue;
        const value = meant.value(bytes[b]);
        found[meant.steps.findIndex((step) => value < step.below)].push(b);
      }
      this.levels = meant.steps.map((step, i) => ({ step, chains: network.chainsOf(found[i]) }));
    }
    this.changed();
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./view.js").View} view @param {Palette} colours */
  draw(context, view, colours) {
    if (!this.levels.length) return;
    const box = view.box(20);
    context.lineCap = "round";
    context.globalAlpha = 0.85;
    for (const { step, chains } of this.levels) {
      context.strokeStyle = colours[step.colour];
      context.lineWidth = step.width;
      context.beginPath();
      for (const chain of chains) if (overlap(chain, box)) line(context, chain.points, view);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** @param {string} words */
  #tell(words) {
    const { legend } = this;
    if (!(legend instanceof HTMLElement)) return;
    const meant = KINDS[this.kind];
    legend.hidden = !meant;
    if (!meant) { legend.replaceChildren(); return; }
    const title = document.createElement("b");
    title.textContent = this.kind === "loading" ? gettext("Loading") : gettext("Voltage");
    const when = document.createElement("span");
    when.className = "muted";
    when.textContent = words;
    const more = document.createElement(this.figures ? "a" : "span");
    if (more instanceof HTMLAnchorElement) Object.assign(more, { href: this.figures, textContent: gettext("Figures and violations") });
    legend.replaceChildren(title, when, ...meant.steps.map((step) => {
      const row = document.createElement("span");
      row.className = "map-heat-step";
      const swatch = document.createElement("i");
      swatch.dataset.tone = step.colour;
      swatch.style.height = `${step.width}px`;
      row.append(swatch, step.words);
      return row;
    }), more);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Uint16Array} points @param {import("./view.js").View} view */
function line(context, points, view) {
  context.moveTo(view.sx(points[0]), view.sy(points[1]));
  for (let i = 2; i < points.length; i += 2) context.lineTo(view.sx(points[i]), view.sy(points[i + 1]));
}
