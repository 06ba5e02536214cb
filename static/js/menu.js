// @ts-check
/** Menus are <details class="menu">: one open at a time, closed by a click elsewhere, by Escape and by choosing. */
import { about } from "./page.js";

const opened = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  const inside = about(event, "details.menu");
  const chosen = about(event, ".menu-sheet .item");
  for (const menu of opened()) if (menu !== inside || chosen) menu.removeAttribute("open");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of opened()) {
    menu.removeAttribute("open");
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  }
});
