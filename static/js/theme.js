// @ts-check
/** Night or day: the switch overrides the system's wish and is remembered in a cookie, so that the server renders it at once. */
import { onClick } from "./page.js";

const YEAR = 31536000;
const root = document.documentElement;
const systemNight = matchMedia("(prefers-color-scheme: dark)");

const current = () => root.dataset.theme ?? (systemNight.matches ? "night" : "day");

function label() {
  const next = current() === "night" ? "day" : "night";
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    const words = button.querySelector("[data-theme-word]");
    if (words) words.textContent = next === "day" ? "Day theme" : "Night theme";
    else button.setAttribute("aria-label", `Change to the ${next} theme`);
  }
}

onClick("[data-theme-switch]", () => {
  root.dataset.theme = current() === "night" ? "day" : "night";
  document.cookie = `tieline_theme=${root.dataset.theme}; path=/; max-age=${YEAR}; samesite=lax`;
  label();
});
systemNight.addEventListener("change", label);
label();
