// @ts-check
/**
 * Files of a network model, [data-model-upload]: dropped or chosen, several at once; says how far the upload is, then goes to its job.
 * Without this script the form is sent as it is.
 */
import { about, onClick } from "./page.js";
import { filled, gettext } from "./words.js";

/** @param {ParentNode} form @param {string} name */
const part = (form, name) => /** @type {HTMLElement | null} */ (form.querySelector(`[data-upload-${name}]`));

/** @param {number} bytes */
const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** @param {HTMLFormElement} form */
function list(form) {
  const field = form.querySelector("input[type=file]");
  const place = part(form, "files");
  if (!(field instanceof HTMLInputElement) || !place) return;
  place.replaceChildren(...[...(field.files ?? [])].map((file) => {
    const item = document.createElement("li");
    item.textContent = `${file.name}, ${size(file.size)}`;
    return item;
  }));
}

/** @param {HTMLFormElement} form @param {string} text */
function tell(form, text) {
  const note = part(form, "error");
  if (!note) return;
  note.hidden = !text;
  note.textContent = text;
}

/** @param {HTMLFormElement} form @param {boolean} busy @param {number} percent */
function show(form, busy, percent) {
  const box = part(form, "progress"), bar = box?.querySelector("progress"), words = part(form, "percent");
  if (box) box.hidden = !busy;
  if (bar) bar.value = percent;
  if (words) words.textContent = percent < 100 ? `${Math.floor(percent)} %` : gettext("received, being queued");
  for (const button of form.querySelectorAll("button[type=submit]")) if (button instanceof HTMLButtonElement) button.disabled = busy;
}

/** @param {HTMLFormElement} form */
function send(form) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-CSRFToken", document.body.dataset.csrf ?? "");
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => show(form, true, event.total ? (100 * event.loaded) / event.total : 0));
  request.addEventListener("load", () => {
    /** @type {{ url?: string, error?: string }} */
    let told = {};
    try { told = JSON.parse(request.responseText); } catch { /* no answer of ours */ }
    if (request.status < 300 && told.url) { location.assign(told.url); return; }
    show(form, false, 0);
    tell(form, told.error ?? (request.status === 413 ? gettext("The files are too large: 100 MB in all at most. Pack them as .zip or .gz.") : filled(gettext("The server refused (%(status)s). Nothing was imported."), { status: request.status })));
  });
  request.addEventListener("error", () => { show(form, false, 0); tell(form, gettext("The server cannot be reached. Nothing was imported.")); });
  request.addEventListener("abort", () => { show(form, false, 0); tell(form, gettext("Upload cancelled. Nothing was imported.")); });
  Object.assign(form, { upload: request });
  tell(form, "");
  show(form, true, 0);
  request.send(new FormData(form));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.modelUpload === undefined) return;
  event.preventDefault();
  send(form);
});

onClick("[data-upload-cancel]", (button) => /** @type {any} */ (button.closest("form"))?.upload?.abort());

document.addEventListener("change", (event) => {
  const form = about(event, "[data-model-upload]");
  if (form instanceof HTMLFormElement) list(form);
});

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const zone = about(event, "[data-upload-drop]");
    const form = zone?.closest("form");
    if (!zone || !form) return;
    event.preventDefault();
    zone.toggleAttribute("data-over", name === "dragenter" || name === "dragover");
    const field = form.querySelector("input[type=file]");
    const files = /** @type {DragEvent} */ (event).dataTransfer?.files;
    if (name !== "drop" || !files?.length || !(field instanceof HTMLInputElement)) return;
    field.files = files;
    list(form);
  });
}
