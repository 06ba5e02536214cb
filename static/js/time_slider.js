// @ts-check
/**
 * The map's time slider, [data-history]: shows the network as it was. While it does, body has data-as-it-was (the second, ISO), the map holds
 * its live feed back, nothing can be operated, and the device panel tells of that second. Back to live: H, Escape or the button.
 */
import { serverNow } from "./clock.js";
import { guard } from "./freshness.js";
import { parseState } from "./map/format.js";
import { ask, onClick, tell } from "./page.js";
import { filled, gettext, ngettext, number } from "./words.js";

/** @typedef {{ at: string, time: string, day: string, previous: string, next: string, since: string, customers_out: number, as_known: boolean, temporary: object[] }} Then */

const bar = /** @type {HTMLElement | null} */ (document.querySelector("[data-history]"));
/** @param {string} name @returns {any} */
const part = (name) => bar?.querySelector(`[data-history-${name}]`);
const span = { start: 0, end: 1 };
/** @type {Then | null} */
let shown = null;
let branch = -1;
/** @type {Record<string, string> | null} what is asked for next, while another answer is on its way */
let wanted = null;
let busy = false;
let open = false;

const known = () => (part("known").checked ? { as_known: "1" } : {});

async function enter() {
  if (open || !bar) return;
  open = true;
  span.end = Math.floor(serverNow() / 1000) * 1000;
  bar.hidden = false;
  document.querySelector("[data-history-open]")?.setAttribute("hidden", "");
  part("slider").focus(); // at once: later it would be taken from who types a time already
  await show({ at: new Date(span.end).toISOString() });
  if (open) await setSpan();
}

function leave() {
  if (!open || !bar) return;
  open = false;
  wanted = shown = null;
  bar.hidden = true;
  document.querySelector("[data-history-open]")?.removeAttribute("hidden");
  document.body.removeAttribute("data-as-it-was");
  guard(document);
  tell("tieline:then", { states: null, temporary: null });
  if (branch >= 0) tell("tieline:devices", {});
  document.getElementById("map-lit")?.replaceChildren();
  tell("tieline:lit", { branches: [] });
}

/** Asks for a second; while one is on its way only the latest wish is kept. @param {Record<string, string>} what */
async function show(what) {
  wanted = what;
  if (busy) return;
  busy = true;
  try {
    while (wanted && open) {
      const now = wanted;
      wanted = null;
      await fetchThen(now);
    }
  } finally {
    busy = false;
  }
}

/** @param {Record<string, string>} what */
async function fetchThen(what) {
  try {
    const answer = await fetch(`${bar?.dataset.states}?${new URLSearchParams({ ...what, ...known() })}`, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    if (!answer.ok) { trouble(answer.headers.get("X-Error") ?? filled(gettext("The server answered %(status)s."), { status: answer.status })); return; }
    const then = JSON.parse(answer.headers.get("X-Tieline-Then") ?? "{}");
    const { states } = parseState(await answer.arrayBuffer());
    if (open) take(then, states);
  } catch {
    trouble(gettext("The server cannot be reached: this second is not shown."));
  }
}

/** @param {Then} then @param {Uint8Array} states */
function take(then, states) {
  trouble("");
  const first = !shown;
  shown = then;
  document.body.dataset.asItWas = then.at;
  if (first) guard(document);
  part("words").textContent = then.time;
  part("day").textContent = then.day + (then.as_known ? " · " + gettext("as it was known here") : "");
  part("out").textContent = filled(ngettext("%(count)s customer without supply", "%(count)s customers without supply", then.customers_out), { count: number(then.customers_out) });
  part("time").value = then.time;
  const at = Date.parse(then.at);
  if (document.activeElement !== part("slider") || at < span.start || at > span.end) place(at);
  part("slider").setAttribute("aria-valuetext", `${then.day} ${then.time}`);
  bar?.querySelector('[data-history-do="previous"]')?.toggleAttribute("disabled", !then.previous);
  bar?.querySelector('[data-history-do="next"]')?.toggleAttribute("disabled", !then.next);
  tell("tieline:then", { states, temporary: then.temporary ?? [] });
  loadDevice();
}

/** @param {number} at */
function place(at) {
  if (at < span.start || at > span.end) { span.start = at - (span.end - span.start) / 2; void drawTicks(); }
  part("slider").value = String(Math.round(((at - span.start) / (span.end - span.start)) * 1000));
}

async function setSpan() {
  const seconds = Number(part("span").value);
  const since = Date.parse(shown?.since ?? "") || span.end - 86400e3;
  span.start = seconds ? Math.max(since, span.end - seconds * 1000) : since;
  span.start = Math.min(span.start, span.end - 1000);
  if (shown) place(Math.max(span.start, Date.parse(shown.at)));
  await drawTicks();
}

/** Where changes are, as bars above the slider. */
async function drawTicks() {
  const query = new URLSearchParams({ from: new Date(span.start).toISOString(), to: new Date(span.end).toISOString(), ...known() });
  const answer = await fetch(`${bar?.dataset.ticks}?${query}`, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return;
  const { ticks } = await answer.json();
  const canvas = /** @type {HTMLCanvasElement} */ (part("canvas"));
  const context = canvas.getContext("2d");
  if (!context) return;
  const most = Math.max(1, ...ticks);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = getComputedStyle(canvas).color;
  ticks.forEach((/** @type {number} */ count, /** @type {number} */ i) => {
    if (!count) return;
    const height = 4 + (canvas.height - 4) * (count / most);
    context.fillRect((i / ticks.length) * canvas.width, canvas.height - height, Math.max(2, canvas.width / ticks.length - 0.5), height);
  });
}

/** @param {string} text */
function trouble(text) {
  const place = part("trouble");
  place.hidden = !text;
  place.textContent = text;
}

function loadDevice() {
  const panel = document.querySelector("[data-device-panel]");
  if (!open || branch < 0 || !panel || !shown) return;
  const query = new URLSearchParams({ branch: String(branch), at: shown.at, ...known() });
  ask("GET", `${bar?.dataset.device}?${query}`, { target: panel, swap: "innerHTML", source: panel });
}

if (bar) {
  onClick("[data-history-open]", () => void enter());
  onClick("[data-history-do]", (button) => {
    const what = button.dataset.historyDo ?? "";
    if (what === "live") leave();
    else if (shown) { const at = what === "previous" ? shown.previous : shown.next; if (at) void show({ at }); }
  });
  part("slider").addEventListener("input", () => {
    const at = span.start + (Number(part("slider").value) / 1000) * (span.end - span.start);
    void show({ at: new Date(Math.max(at, Date.parse(shown?.since ?? "") || at)).toISOString() });
  });
  part("time").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") { event.preventDefault(); leave(); }
    if (event.key !== "Enter" || !shown) return;
    event.preventDefault();
    void show({ at: shown.at, typed: part("time").value });
  });
  part("span").addEventListener("change", () => void setSpan());
  part("known").addEventListener("change", () => { if (shown) void show({ at: shown.at }); void drawTicks(); });
  document.body.addEventListener("tieline:select", (event) => { ({ branch } = /** @type {CustomEvent} */ (event).detail); loadDevice(); });
  const arrived = document.querySelector("[data-network-map]");
  if (arrived instanceof HTMLElement && arrived.dataset.branch) branch = Number(arrived.dataset.branch);
  document.addEventListener("htmx:configRequest", (event) => { // traces and lists are of the second shown
    const { path, parameters } = /** @type {CustomEvent} */ (event).detail;
    if (open && shown && /\/(lit|unusual)\//.test(path)) Object.assign(parameters, { at: shown.at, ...known() });
  });
}
