// @ts-check
/**
 * Windows of one browser share what is chosen: map on one screen, one-line diagram or a second map on the other. Only of the same operated
 * network, and never under an open dialog: what is being confirmed there must not change from elsewhere.
 */
import { tell } from "./page.js";

const WINDOW = "window";
const host = document.querySelector("[data-network-map]:not([data-states]), [data-one-line]");
const base = host instanceof HTMLElement ? host.dataset.base ?? `/grid/${host.dataset.model}/` : "";

if (base && "BroadcastChannel" in window) {
  const channel = new BroadcastChannel("tieline.selection");
  document.body.addEventListener("tieline:select", (event) => {
    const { branch, outage = "", from } = /** @type {CustomEvent} */ (event).detail;
    if (from !== WINDOW && branch >= 0) channel.postMessage({ base, branch, outage });
  });
  channel.addEventListener("message", ({ data }) => {
    if (data.base !== base || document.querySelector("dialog[open]") || document.body.hasAttribute("data-as-it-was")) return;
    tell("tieline:select", { branch: data.branch, outage: data.outage, from: WINDOW });
  });
}
