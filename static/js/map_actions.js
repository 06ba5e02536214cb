// @ts-check
/** Buttons that light up parts of the map: [data-preview="id"] reads a JSON block; traces are in trace_lit.js. */
import { onClick, tell } from "./page.js";

onClick("[data-preview]", (button) => {
  const block = document.getElementById(button.dataset.preview ?? "");
  if (!block?.textContent) return;
  tell("tieline:preview", JSON.parse(block.textContent));
  const dialog = button.closest("dialog");
  if (!dialog) return;
  dialog.classList.add("aside"); // out of the way, still modal: nothing else can be operated meanwhile
  const back = () => {
    dialog.classList.remove("aside");
    for (const name of ["pointerdown", "keydown"]) dialog.removeEventListener(name, back);
  };
  setTimeout(back, 8000);
  for (const name of ["pointerdown", "keydown"]) dialog.addEventListener(name, back);
});
