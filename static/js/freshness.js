// @ts-check
/** How old what is on screen is. Sockets report here; the top bar, the banner and the operate buttons follow. */
import { filled, gettext } from "./words.js";

const STALE = 6;
/** @type {Map<string, number>} when each link last spoke; 0 before its first word */
const heard = new Map();
const born = performance.now();

/** @param {string} link */
export function expect(link) { if (!heard.has(link)) heard.set(link, 0); }

/** @param {string} link */
export function hear(link) { heard.set(link, performance.now()); show(); }

/** Seconds since the quietest link spoke. */
export function age() {
  let oldest = performance.now();
  for (const at of heard.values()) oldest = Math.min(oldest, at || born);
  return heard.size ? (performance.now() - oldest) / 1000 : 0;
}

/** @param {number} seconds */
const spoken = (seconds) => (seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds)));

export function show() {
  const body = document.body, seconds = age();
  const never = [...heard.values()].some((at) => at === 0);
  const stale = heard.size > 0 && seconds > STALE;
  const live = document.querySelector("[data-live]");
  if (live instanceof HTMLElement && heard.size) {
    live.dataset.state = stale ? "lost" : never ? "connecting" : "open";
    const words = stale ? filled(gettext("Lost · %(seconds)s s"), { seconds: spoken(seconds) }) : never ? gettext("Connecting") : filled(gettext("Live · %(seconds)s s"), { seconds: spoken(seconds) });
    if (live.textContent !== words) live.textContent = words;
  }
  const banner = document.querySelector("[data-stale-banner]");
  if (banner instanceof HTMLElement) {
    banner.hidden = !stale;
    const place = banner.querySelector("[data-age]");
    if (stale && place) place.textContent = String(Math.round(seconds));
  }
  if (stale === body.hasAttribute("data-stale")) return;
  body.toggleAttribute("data-stale", stale);
  guard(document);
  body.dispatchEvent(new CustomEvent(stale ? "tieline:stale" : "tieline:fresh"));
}

/** Takes the buttons that need live data out of use while it is old. The server refuses them as well. @param {ParentNode} root */
export function guard(root) {
  const past = document.body.hasAttribute("data-as-it-was");
  const stale = past || document.body.hasAttribute("data-stale");
  for (const button of root.querySelectorAll("[data-needs-live]")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    if (stale && !button.disabled) {
      button.disabled = true;
      button.dataset.heldBack = button.title || "";
      button.title = past ? gettext("This is the past: go back to live to operate") : gettext("Data is old: operating waits until the page is live again");
    } else if (!stale && "heldBack" in button.dataset) {
      button.disabled = false;
      button.title = button.dataset.heldBack ?? "";
      delete button.dataset.heldBack;
    }
  }
}
