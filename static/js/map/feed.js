// @ts-check
/** Brings geometry and state to the map and keeps the state current by numbered deltas; whatever is missing is fetched whole. */
import { expect, hear } from "../freshness.js";
import { OTHER_VERSION, Socket } from "../socket.js";
import { filled, gettext } from "../words.js";
import { parseFrame, parseGeometry, parseState } from "./format.js";
import { Network } from "./network.js";

/** @typedef {{ base: string, version: string, socket: string }} Source base is "/grid/<model>/", geometry and state lie under a version */
/** @typedef {{ network: (network: Network) => void, state: () => void, names: () => void, trouble: (text: string) => void, gone: () => void }} Listener */

const RETRY = 2500;
const MOST_WAITING = 512;
const GATHER = 25;
const MOST_NAMES = 300;
const FORM = 2; // of the geometry file: browsers keep one for a year
const GONE = 410; // this version of the model is not operated any more

export class Feed {
  /** @param {Source} source @param {Listener} on */
  constructor(source, on) {
    this.source = source;
    this.on = on;
    /** @type {Network | null} */
    this.network = null;
    this.loading = false;
    this.again = false;
    /** @type {import("./format.js").Delta[]} deltas that came while the whole state was on its way */
    this.waiting = [];
    this.refetches = 0;
    /** @type {number[]} branches whose names are fetched next */
    this.wanted = [];
    /** @type {Set<number>} those that were asked for, so that none is asked for twice */
    this.asked = new Set();
    /** while the past is shown, what comes is not: the whole state is fetched afterwards */
    this.held = false;
  }

  /** Shows states of the past until released. @param {Uint8Array} states */
  hold(states) {
    this.held = true;
    this.network?.replaceState(states, this.network.seq);
    this.on.state();
  }

  release() {
    if (!this.held) return;
    this.held = false;
    void this.#state();
  }

  async start() {
    await this.#geometry(this.source.version);
    await this.#state();
    if (!this.source.socket) return;
    expect("grid");
    this.socket = new Socket(this.source.socket, {
      open: () => { hear("grid"); void this.#state(); },
      message: (data) => { hear("grid"); this.#frame(data); },
      close: (code) => { if (code === OTHER_VERSION) void this.#state(); },
    });
  }

  /** @param {string} name */
  #url(name) { return `${this.source.base}${this.source.version}/${name}`; }

  /** @param {string} version */
  async #geometry(version) {
    this.source.version = version;
    const answer = await ask(this.#url(`geometry.bin?form=${FORM}`), this.on.trouble);
    if (answer.status === GONE) { this.on.gone(); return; }
    this.network = new Network(parseGeometry(await answer.arrayBuffer()));
    this.on.network(this.network);
    void this.#names(this.network);
  }

  /** @param {Network} network */
  async #names(network) {
    this.asked.clear();
    this.wanted = [];
    const answer = await ask(this.#url("names.json"), this.on.trouble);
    if (answer.status === GONE) return;
    const { branches, sources = {} } = await answer.json();
    network.names = branches ?? new Map();
    if (!branches) network.wants = (branch) => this.#want(network, branch);
    network.sources = sources;
    this.on.names();
  }

  /** Of a large network only the names somebody looks at are fetched, those of one moment together. @param {Network} network @param {number} branch */
  #want(network, branch) {
    if (this.asked.has(branch)) return;
    this.asked.add(branch);
    this.wanted.push(branch);
    if (this.wanted.length === 1) setTimeout(() => void this.#fetchNames(network), GATHER);
  }

  /** @param {Network} network */
  async #fetchNames(network) {
    const wanted = this.wanted;
    this.wanted = [];
    for (let from = 0; from < wanted.length; from += MOST_NAMES) {
      const answer = await ask(`${this.#url("names.json")}?of=${wanted.slice(from, from + MOST_NAMES).join(",")}`, this.on.trouble);
      if (answer.status === GONE || this.network !== network || !(network.names instanceof Map)) return;
      const { names } = await answer.json();
      for (const branch in names) network.names.set(Number(branch), names[branch]);
      this.on.names();
    }
  }

  /** Fetches the whole state; one request at a time, and once more if asked meanwhile. */
  async #state() {
    if (this.loading) { this.again = true; return; }
    this.loading = true;
    this.refetches++;
    try {
      do {
        this.again = false;
        const answer = await ask(this.#url("state.bin"), this.on.trouble);
        if (answer.status === GONE) { this.on.gone(); return; }
        const version = answer.headers.get("X-Tieline-Version");
        if (version && version !== this.source.version) { await this.#geometry(version); this.again = true; continue; }
        const { seq, states } = parseState(await answer.arrayBuffer());
        if (!this.held) this.network?.replaceState(states, seq);
      } while (this.again);
    } finally {
      this.loading = false;
    }
    const waiting = this.waiting;
    this.waiting = [];
    for (const delta of waiting) this.#apply(delta);
    this.on.state();
  }

  /** @param {ArrayBuffer} data */
  #frame(data) {
    const frame = parseFrame(data);
    if (!frame || !this.network || this.held) return;
    if (frame.type === "reload") { void this.#state(); return; }
    if (frame.type === "heartbeat") {
      if (!this.loading && frame.seq > this.network.seq) void this.#state();
      return;
    }
    if (this.loading) {
      this.waiting.push(frame);
      if (this.waiting.length > MOST_WAITING) { this.waiting = []; this.again = true; }
      return;
    }
    this.#apply(frame);
    this.on.state();
  }

  /** @param {import("./format.js").Delta} delta */
  #apply(delta) {
    const { network } = this;
    if (!network || delta.seq <= network.seq) return;
    if (delta.previous > network.seq) { void this.#state(); return; }
    network.applyDelta(delta.ids, delta.states, delta.seq);
  }
}

/** Fetches until it succeeds; a map without its network is of no use. @param {string} url @param {(text: string) => void} trouble */
async function ask(url, trouble) {
  for (;;) {
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (answer.ok || answer.status === GONE) { trouble(""); return answer; }
      trouble(filled(gettext("The server answered %(status)s for the network. Trying again."), { status: answer.status }));
    } catch {
      trouble(gettext("The server cannot be reached. Trying again."));
    }
    await new Promise((done) => setTimeout(done, RETRY * (0.7 + Math.random() * 0.6)));
  }
}
