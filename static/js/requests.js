// @ts-check
/** The one file that knows htmx's event names: CSRF, failures in words, and a retry in the panel that failed. */
import { guard } from "./freshness.js";
import { ask } from "./page.js";
import { toast } from "./toast.js";
import { filled, gettext } from "./words.js";

/** @type {WeakMap<Element, HTMLElement>} what the parts that failed say; gone with their next answer */
const notes = new WeakMap();

/** @typedef {{ elt: HTMLElement, target: HTMLElement, xhr: XMLHttpRequest, requestConfig: { verb: string, path: string } }} Failed */

document.addEventListener("htmx:configRequest", (event) => {
  const { headers, verb } = /** @type {CustomEvent} */ (event).detail;
  if (verb !== "get") headers["X-CSRFToken"] = document.body.dataset.csrf ?? "";
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = /** @type {CustomEvent<Failed>} */ (event).detail;
  if (xhr.getResponseHeader("HX-Trigger")) return; // the server has told it in a toast of its own
  const id = xhr.getResponseHeader("X-Request-ID");
  const told = xhr.getResponseHeader("X-Error");
  fail(event, [told || reason(xhr.status), id ? filled(gettext("Request %(id)s."), { id }) : ""].join(" ").trim());
});
document.addEventListener("htmx:sendError", (event) => fail(event, gettext("The server cannot be reached.")));
document.addEventListener("htmx:timeout", (event) => fail(event, gettext("The server did not answer in time.")));
document.addEventListener("htmx:afterSwap", (event) => {
  const { target } = /** @type {CustomEvent} */ (event).detail;
  if (!(target instanceof Element)) return;
  notes.get(target)?.remove();
  guard(target);
});

/** @param {number} status */
function reason(status) {
  if (status === 403) return gettext("You may not do this.");
  if (status === 404) return gettext("This is no longer there.");
  if (status === 429) return gettext("Too many requests: wait a moment.");
  return status >= 500 ? gettext("The server failed.") : filled(gettext("The server refused (%(status)s)."), { status });
}

/** @param {Event} event @param {string} text */
function fail(event, text) {
  if (event.defaultPrevented) return; // it waits to be sent again (unsent.js)
  const { elt, target, requestConfig } = /** @type {CustomEvent<Failed>} */ (event).detail;
  if (requestConfig.verb !== "get") { toast([text, gettext("It is not certain that your action took effect: look before you repeat it.")].join(" "), "error"); return; }
  const panel = target?.isConnected ? target : elt;
  if (panel instanceof HTMLTableSectionElement || panel instanceof HTMLTableElement) { toast(text, "error"); return; }
  notes.get(panel)?.remove();
  const note = told([text, gettext("What is shown may be old.")].join(" "), panel.closest(".top") !== null);
  note.querySelector("button")?.addEventListener("click", () => ask("GET", requestConfig.path, { source: elt, target: panel }));
  notes.set(panel, note);
  const seen = panel.matches(".sr") ? panel.closest(".card") : panel; // marks of the map are a list nobody sees: the map says it
  (seen ?? panel).prepend(note);
}

/** What a part that failed says, with a button that tries again; in the top bar the button alone. @param {string} text @param {boolean} brief */
function told(text, brief) {
  const note = document.createElement("div");
  note.className = brief ? "no-print" : "note row no-print";
  note.dataset.failed = "";
  note.dataset.tone = "p2";
  note.setAttribute("role", "status");
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = gettext("Try again");
  const words = document.createElement("span");
  words.className = brief ? "sr" : "grow";
  words.textContent = text;
  if (brief) again.title = text;
  note.append(words, again);
  return note;
}
