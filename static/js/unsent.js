// @ts-check
/**
 * [data-unsent]: what a crew reports without a connection waits on the phone and is sent, in order, when there is one again. Its value
 * tells people apart who share a phone. A report that arrived though its answer was lost is sent twice: the server takes it once.
 */
import { tell } from "./page.js";
import { toast } from "./toast.js";

const AGAIN_MS = 5000;

/** @typedef {{ path: string, body: string, label: string }} Report */
/** @typedef {"sent" | "refused" | "away"} Outcome what became of it: away is to be tried again */

export class Unsent {
  /** @param {Storage} store @param {string} key @param {(report: Report) => Promise<Outcome>} send @param {(waiting: Report[], sent: number) => void} show */
  constructor(store, key, send, show) {
    this.store = store;
    this.key = key;
    this.send = send;
    this.show = show;
    this.busy = false;
  }

  /** @returns {Report[]} */
  get waiting() {
    try {
      const found = JSON.parse(this.store.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? found : [];
    } catch { return []; }
  }

  /** @param {Report[]} reports @param {number} sent */
  #keep(reports, sent = 0) {
    this.store.setItem(this.key, JSON.stringify(reports));
    this.show(reports, sent);
  }

  /** Pressed twice it is one report. @param {Report} report */
  add(report) {
    const last = this.waiting.at(-1);
    if (last?.path === report.path && last.body === report.body) return;
    this.#keep([...this.waiting, report]);
  }

  /** Sends what waits, the oldest first; what is away keeps those behind it back. */
  async flush() {
    if (this.busy) return;
    this.busy = true;
    let sent = 0;
    try {
      for (let first = this.waiting[0]; first; first = this.waiting[0]) {
        if (await this.send(first) === "away") break;
        sent += 1;
        this.#keep(this.waiting.slice(1));
      }
    } finally { this.busy = false; }
    if (sent) this.#keep(this.waiting, sent);
  }
}

const main = document.querySelector("main[data-unsent]");
if (main instanceof HTMLElement) begin(main, `tieline.unsent.${main.dataset.unsent}`);

/** @param {HTMLElement} jobs @param {string} key */
function begin(jobs, key) {
  const note = document.querySelector("[data-unsent-note]");
  const queue = new Unsent(localStorage, key, post, (waiting, sent) => {
    if (note instanceof HTMLElement) {
      note.hidden = !waiting.length;
      const labels = note.querySelector("[data-unsent-labels]");
      if (labels) labels.textContent = waiting.map((one) => one.label).join(", ");
    }
    if (sent) tell("tieline:crews", {});
  });
  /** @param {Event} event @returns {boolean} whether it waits now */
  const wait = (event) => {
    const { elt, requestConfig } = /** @type {CustomEvent} */ (event).detail;
    if (requestConfig.verb !== "post") return false;
    const body = new URLSearchParams([...requestConfig.formData].map(([name, value]) => [name, String(value)])).toString();
    const pressed = requestConfig.triggeringEvent?.submitter ?? elt;
    queue.add({ path: requestConfig.path, body, label: pressed.textContent.trim() });
    event.preventDefault();
    return true;
  };
  jobs.addEventListener("htmx:beforeRequest", (event) => { if (queue.waiting.length && wait(event)) void queue.flush(); });
  for (const failed of ["htmx:sendError", "htmx:timeout"]) jobs.addEventListener(failed, wait);
  window.addEventListener("online", () => void queue.flush());
  document.body.addEventListener("tieline:fresh", () => void queue.flush());
  setInterval(() => { if (queue.waiting.length) void queue.flush(); }, AGAIN_MS);
  queue.show(queue.waiting, 0);
  void queue.flush();
}

/** @param {Report} report @returns {Promise<Outcome>} */
async function post({ path, body, label }) {
  try {
    const headers = { "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true", "X-CSRFToken": document.body.dataset.csrf ?? "" };
    const answer = await fetch(path, { method: "POST", body, headers });
    if (answer.ok && !answer.redirected && !answer.headers.has("HX-Redirect")) return "sent";
    if (answer.status !== 409 && answer.status !== 422 && answer.status !== 404) return "away"; // signed out, or the server is: kept
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[role=alert]");
    toast(`${label}: ${told?.textContent ?? answer.status}`, "error");
    return "refused";
  } catch { return "away"; }
}
