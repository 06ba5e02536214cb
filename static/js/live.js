// @ts-check
/**
 * Follows /ws/ui/ and tells the page what changed: `tieline:<topic>` on body, at most every 250 ms per topic, so that
 * fragments with hx-trigger="tieline:outages from:body" fetch themselves again. After a gap or a reconnect, all of them do.
 */
import { expect, guard, hear, show } from "./freshness.js";
import { Socket } from "./socket.js";

const TOPICS = ["outages", "calls", "crews", "devices", "messages", "kpi", "alarms"];
const PAUSE = 250;
/** @type {Set<string>} */
const due = new Set();
let timer = 0;

/** @param {Iterable<string>} topics */
function announce(topics) {
  for (const topic of topics) due.add(topic);
  if (timer || !due.size) return;
  timer = window.setTimeout(() => {
    timer = 0;
    const now = [...due];
    due.clear();
    for (const topic of now) document.body.dispatchEvent(new CustomEvent(`tieline:${topic}`));
  }, PAUSE);
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
      if (frame.type === "changed") announce(frame.topics);
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
