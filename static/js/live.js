// @ts-check
/**
 * Follows /ws/ui/ and tells the page what changed: `tieline:<topic>` on body, at most every 250 ms and less often while changes
 * go on and on, so that
 * fragments with hx-trigger="tieline:outages from:body" fetch themselves again. After a gap or a reconnect, all of them do.
 */
import { expect, guard, hear, show } from "./freshness.js";
import { Socket } from "./socket.js";

// All there are (tests/test_topics.py): after a gap every part of the page is fetched anew.
const TOPICS = [
  "outages", "calls", "crews", "devices", "messages", "kpi", "alarms", "control", "flisr", "orders", "pings", "planned", "rehearsals",
  "shift", "study", "suggestions",
];
const PAUSE = 250;
// Announcements saved up, and how long another takes to grow: a few changes show at once, a storm's without end every few seconds.
const SAVED = 8;
const GROWS = 5000;
let saved = SAVED;
let counted = 0;
/** @type {Set<string>} */
const due = new Set();
let timer = 0;

/**
 * How long to gather changes before they are announced. Where many listen, the server says over how many seconds they spread.
 * @param {number} spread
 */
function pause(spread) {
  const now = performance.now();
  saved = Math.min(SAVED, saved + (now - counted) / GROWS);
  counted = now;
  const wait = saved >= 1 ? 0 : (1 - saved) * GROWS;
  saved -= 1;
  return Math.max(PAUSE, wait, Math.random() * spread * 1000);
}

/** @param {string} topic */
function tell(topic) { document.body.dispatchEvent(new CustomEvent(`tieline:${topic}`)); }

/**
 * @param {Iterable<string>} topics
 * @param {number} [spread]
 */
function announce(topics, spread = 0) {
  for (const topic of topics) {
    if (topic === "control") tell(topic); // a freeze or another holder is seen at once, whatever else goes on
    else due.add(topic);
  }
  if (timer || !due.size) return;
  timer = window.setTimeout(() => {
    timer = 0;
    const now = [...due];
    due.clear();
    now.forEach(tell);
  }, pause(spread));
}

/** @param {string} path */
function follow(path) {
  const { body } = document;
  let known = false; // the first connection needs no refetch: the server has just rendered the page
  expect("ui");
  const socket = new Socket(path, {
    open() {
      body.dataset.ws = "open";
      hear("ui");
      if (known) announce(TOPICS);
      known = true;
    },
    message(text) {
      hear("ui");
      const frame = JSON.parse(text);
      if (frame.type === "changed") announce(frame.topics, frame.spread_s);
      if (frame.type === "gap") announce(TOPICS);
      body.dispatchEvent(new CustomEvent("tieline:frame", { detail: frame }));
    },
    close() { body.dataset.ws = "closed"; },
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-reconnect]") && !socket.isOpen) { socket.tries = 0; socket.connect(); }
  });
}

const path = document.body?.dataset.push;
if (path) follow(path);
setInterval(show, 200);
document.addEventListener("htmx:afterSettle", (event) => guard(/** @type {Element} */ (event.target)));
