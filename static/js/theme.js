// @ts-check
/**
 * Night or day: the switch overrides the system's wish and is remembered in a cookie, so that the server renders it at once, and
 * with the account ([data-theme-url]), so that the next browser knows it.
 */
import { htmx, onClick } from "./page.js";
import { gettext } from "./words.js";

const YEAR = 31536000;
const root = document.documentElement;
const systemNight = matchMedia("(prefers-color-scheme: dark)");

const current = () => root.dataset.theme ?? (systemNight.matches ? "night" : "day");

function label() {
  const next = current() === "night" ? "day" : "night";
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    const words = button.querySelector("[data-theme-word]");
    if (words) words.textContent = next === "day" ? gettext("Day theme") : gettext("Night theme");
    else button.setAttribute("aria-label", next === "day" ? gettext("Change to the day theme") : gettext("Change to the night theme"));
  }
}

onClick("[data-theme-switch]", (button) => {
  root.dataset.theme = current() === "night" ? "day" : "night";
  document.cookie = `tieline_theme=${root.dataset.theme}; path=/; max-age=${YEAR}; samesite=lax`;
  const url = button.dataset.themeUrl;
  if (url) void htmx()?.ajax("POST", url, { values: { theme: root.dataset.theme }, swap: "none", source: document.body });
  label();
});
systemNight.addEventListener("change", label);
label();
