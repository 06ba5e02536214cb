// @ts-check
/**
 * The second step of an operation, [data-operate]: Execute is armed by a tick or by typed digits (and a reason where one is
 * asked), Enter never executes, Ctrl+Enter does once armed, the button is gone after the first press, the reservation runs out.
 */
import { about, isTyping } from "./page.js";
import { gettext } from "./words.js";

/** @param {ParentNode} root @param {string} selector */
const inputs = (root, selector) => /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll(selector)]);

/** @param {HTMLElement} form */
function isArmed(form) {
  if (form.dataset.lapsed !== undefined || form.dataset.pressed !== undefined || document.body.hasAttribute("data-stale")) return false;
  return inputs(form, "[data-arm-tick]").every((tick) => tick.checked)
    && inputs(form, "[data-arm-digits]").every((field) => field.value.trim().toUpperCase() === (field.dataset.armDigits ?? "").toUpperCase())
    && inputs(form, "[data-arm-reason]").every((field) => field.value.trim().length >= 3);
}

/** @param {HTMLElement} form */
function update(form) {
  const execute = form.querySelector("[data-execute]");
  if (execute instanceof HTMLButtonElement) execute.disabled = !isArmed(form);
  for (const field of inputs(form, "[data-arm-digits]")) {
    const says = form.querySelector("[data-arm-says]");
    const good = field.value.trim().toUpperCase() === (field.dataset.armDigits ?? "").toUpperCase();
    if (says) says.textContent = good ? gettext("matches the selected device ✓") : field.value ? gettext("does not match the selected device") : "";
  }
}

/** @param {Event} event */
const formOf = (event) => about(event, "[data-operate]");

for (const name of ["input", "change"]) document.addEventListener(name, (event) => { const form = formOf(event); if (form) update(form); });

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const form = formOf(event) ?? document.querySelector("[data-operate]");
  if (!(form instanceof HTMLElement)) return;
  const button = about(event, "button");
  if (event.ctrlKey || !button || button.hasAttribute("data-execute")) event.preventDefault();
  if (event.ctrlKey && !event.repeat && isArmed(form)) /** @type {HTMLElement | null} */ (form.querySelector("[data-execute]"))?.click();
}, true);

/** Digits typed while Cancel has the focus go where they belong. */
document.addEventListener("keydown", (event) => {
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  const field = document.querySelector("[data-operate] [data-arm-digits]");
  if (field instanceof HTMLInputElement) field.focus();
}, true);

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = /** @type {CustomEvent} */ (event).detail.elt;
  if (!(form instanceof HTMLElement) || form.dataset.operate === undefined) return;
  if (!isArmed(form)) { event.preventDefault(); return; }
  form.dataset.pressed = "";
  delete form.dataset.release; // from here on the server ends the reservation
  const execute = form.querySelector("[data-execute]");
  if (execute instanceof HTMLButtonElement) { execute.disabled = true; execute.hidden = true; }
  const sent = form.querySelector("[data-sent]");
  if (sent instanceof HTMLElement) sent.hidden = false;
});

/** Counts the reservation down. @param {HTMLElement} form */
function countDown(form) {
  const bar = form.querySelector("progress");
  const words = form.querySelector("[data-left]");
  form.dataset.endsAt ??= String(performance.now() + Number(form.dataset.seconds ?? 30) * 1000);
  const left = Math.max(0, (Number(form.dataset.endsAt) - performance.now()) / 1000);
  if (bar) bar.value = left;
  if (words) words.textContent = String(Math.ceil(left));
  if (left > 0 || form.dataset.lapsed !== undefined || form.dataset.pressed !== undefined) return;
  form.dataset.lapsed = "";
  const over = form.querySelector("[data-over]");
  if (over instanceof HTMLElement) over.hidden = false;
}

setInterval(() => {
  for (const form of document.querySelectorAll("[data-operate]")) if (form instanceof HTMLElement) { countDown(form); update(form); }
}, 250);
