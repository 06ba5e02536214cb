// @ts-check
/** [data-submit]: choosing something in a filter shows it at once, without a button. */
import { about } from "./page.js";

document.addEventListener("change", (event) => {
  const field = about(event, "[data-submit]");
  if (field instanceof HTMLSelectElement || field instanceof HTMLInputElement) field.form?.requestSubmit();
});
