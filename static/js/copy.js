// @ts-check
/** [data-copy="#id"]: puts the words of that element where one pastes from. Without https a browser gives no clipboard: then they are selected. */
import { onClick } from "./page.js";
import { toast } from "./toast.js";

onClick("[data-copy]", (button) => {
  const from = document.querySelector(button.dataset.copy ?? "");
  if (!from) return;
  getSelection()?.selectAllChildren(from);
  const copied = navigator.clipboard?.writeText(from.textContent ?? "") ?? (document.execCommand("copy") ? Promise.resolve() : Promise.reject());
  copied.then(() => toast(button.dataset.copied ?? ""), () => undefined);
});
