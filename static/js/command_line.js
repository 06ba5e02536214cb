// @ts-check
/** The dispatcher's command line, [data-command]: the server says what it would do; Enter confirms only what was understood. */

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.hasAttribute("data-command")) return;
  const says = document.getElementById(input.getAttribute("aria-describedby") ?? "");
  if (event.key === "Escape") {
    input.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const understood = says?.querySelector("[data-understood]")?.getAttribute("data-understood");
  if (event.key === "Enter" && understood !== input.value.trim()) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = /** @type {CustomEvent} */ (event).detail;
  const input = elt instanceof HTMLFormElement ? elt.querySelector("[data-command]") : null;
  if (!(input instanceof HTMLInputElement) || !successful) return;
  input.value = "";
  const says = document.getElementById(input.getAttribute("aria-describedby") ?? "");
  says?.replaceChildren();
});
