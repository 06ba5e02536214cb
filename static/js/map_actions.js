// @ts-check
/** Buttons that light up parts of the map: [data-trace="address"] asks the server, [data-preview="id"] reads a JSON block. */
import { onClick, tell } from "./page.js";
import { toast } from "./toast.js";

onClick("[data-trace]", async (button) => {
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(button.dataset.trace ?? "", { headers: { Accept: "application/json" } });
    const found = await answer.json();
    if (!answer.ok) { toast(found.detail ?? "The trace failed.", "error"); return; }
    tell("tieline:lit", { branches: found.branches });
    toast(found.text);
  } catch {
    toast("The trace could not be made: the server cannot be reached.", "error");
  } finally {
    button.removeAttribute("aria-busy");
  }
});

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
