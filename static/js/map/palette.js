// @ts-check
/** The theme's colours as the canvas needs them: resolved, and read again when the theme changes. */

const NAMES = /** @type {const} */ (["bg", "panel", "text", "muted", "line", "dead", "p1", "p2", "p3", "earth", "bad", "sel", "on-mark", "edge", "water"]);
/** @typedef {Record<(typeof NAMES)[number], string>} Palette */

/** @param {HTMLElement} host @returns {Palette} */
export function readPalette(host) {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const read = /** @param {string} name */ (name) => {
    probe.style.color = `var(--${name})`; // custom properties keep light-dark() unresolved; a real property does not
    return getComputedStyle(probe).color;
  };
  const palette = /** @type {Palette} */ (Object.fromEntries(NAMES.map((name) => [name, read(name)])));
  probe.remove();
  return palette;
}

/** @param {() => void} changed */
export function watchTheme(changed) {
  new MutationObserver(changed).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
