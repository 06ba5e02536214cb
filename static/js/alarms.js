// @ts-check
/**
 * Alarms: [data-next-alarm] goes to the next one nobody has acknowledged, [data-acknowledge-chosen] acknowledges it, and
 * [data-alarm-sounds] anywhere on the page sounds every five seconds until it is gone. [data-sound-switch] is kept per browser.
 */
import { onClick } from "./page.js";
import { choose } from "./rows.js";

const STORE = "tieline.sound";
const EVERY = 5000;

const unseen = () => [...document.querySelectorAll("[data-rows=alarms] [data-row][data-unread]")];

onClick("[data-next-alarm]", () => {
  const rows = unseen();
  const focused = rows.findIndex((row) => row.contains(document.activeElement)); // at once, where selecting takes a moment
  const at = focused >= 0 ? focused : rows.findIndex((row) => row.hasAttribute("data-selected"));
  const row = rows[(at + 1) % rows.length], next = row?.querySelector("[data-primary]");
  if (!(next instanceof HTMLElement)) return;
  next.focus();
  if (next.hasAttribute("data-select-branch")) next.click();
  else choose(row);
});

onClick("[data-acknowledge-chosen]", () => {
  const rows = unseen();
  const chosen = rows.find((row) => row.hasAttribute("data-selected")) ?? rows.find((row) => row.contains(document.activeElement)) ?? rows[0];
  const button = chosen?.querySelector("[data-acknowledge]");
  if (button instanceof HTMLElement) button.click();
});

const isOn = () => localStorage.getItem(STORE) !== "off";
/** @type {AudioContext | undefined} */
let audio;

/** Two short tones; a browser that nobody has touched yet stays silent. */
function sound() {
  audio ??= new AudioContext();
  if (audio.state !== "running") { void audio.resume(); return; }
  for (const [tone, after] of [[880, 0], [660, 0.18]]) {
    const voice = audio.createOscillator(), loudness = audio.createGain();
    voice.frequency.value = tone;
    loudness.gain.value = 0.12;
    voice.connect(loudness).connect(audio.destination);
    voice.start(audio.currentTime + after);
    voice.stop(audio.currentTime + after + 0.14);
  }
}

function show() {
  for (const word of document.querySelectorAll("[data-sound-word]")) {
    if (!(word instanceof HTMLElement)) continue;
    word.textContent = (isOn() ? word.dataset.on : word.dataset.off) ?? "";
    word.closest("[data-sound-switch]")?.setAttribute("aria-pressed", String(isOn()));
  }
}

onClick("[data-sound-switch]", () => {
  localStorage.setItem(STORE, isOn() ? "off" : "on");
  show();
  if (isOn()) sound(); // at the start of a shift this is also the test
});

show();
setInterval(() => { if (isOn() && document.querySelector("[data-alarm-sounds]")) sound(); }, EVERY);
