// @ts-check
/**
 * The clock of the top bar and every running duration: [data-since] counts up, [data-until] counts down, both by the server's
 * clock. data-limit (seconds) with data-tone marks what has waited too long.
 */
const { zone = "UTC" } = document.documentElement.dataset;
const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
let ahead = 0; // server minus browser, ms

/** The server's time now, in ms. */
export const serverNow = () => Date.now() + ahead;

/** @param {string | undefined} iso */
function tune(iso) {
  const at = iso ? Date.parse(iso) : NaN;
  if (!Number.isNaN(at)) ahead = at - Date.now();
}

/** 02:07, 6 h 40, 3 d 4 h. @param {number} seconds */
export function lasting(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 3600) return `${String(Math.floor(s / 60)).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** @param {HTMLElement} element @param {number} seconds */
function showDuration(element, seconds) {
  const limit = Number(element.dataset.limit ?? Infinity);
  const over = seconds > limit;
  const text = over && element.dataset.over ? `${lasting(seconds)} ▲ ${element.dataset.over}` : lasting(seconds);
  if (element.textContent !== text) element.textContent = text;
  if (element.dataset.tone) element.classList.toggle(`tone-${element.dataset.tone}`, over);
}

function tick() {
  const now = serverNow();
  for (const clock of document.querySelectorAll("[data-clock]")) clock.textContent = format.format(now);
  for (const element of document.querySelectorAll("[data-since], [data-until]")) {
    if (!(element instanceof HTMLElement)) continue;
    const { since, until } = element.dataset;
    if (since) showDuration(element, (now - Date.parse(since)) / 1000);
    else if (until) showDuration(element, (Date.parse(until) - now) / 1000);
  }
}

tune(document.body.dataset.serverTime);
document.body.addEventListener("tieline:frame", (event) => tune(/** @type {CustomEvent} */ (event).detail.at));
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
