// @ts-check
/** The button that lays streets below the network ([data-map-do=streets]); what a person chose is kept in their browser. */

const KEPT = "tieline.streets";

export class StreetSwitch {
  /** @param {HTMLElement} host @param {import("./base_layer.js").BaseLayer} layer */
  constructor(host, layer) {
    this.layer = layer;
    this.button = /** @type {HTMLElement | null} */ (host.querySelector("[data-streets]"));
    this.credit = /** @type {HTMLElement | null} */ (host.querySelector("[data-map-credit]"));
    this.on = localStorage.getItem(KEPT) === "on";
  }

  /** Another network: there are streets for it if it lies on the earth and within the file. @param {import("./network.js").Network} network */
  adopt({ geometry, extent }) {
    if (!this.button) return;
    const { x0, y0, scale, shrink } = geometry, [west, south, east, north] = this.#bounds();
    const fits = shrink > 0 && x0 / shrink <= east && (x0 + extent.right * scale) / shrink >= west && y0 <= north && y0 + extent.top * scale >= south;
    this.button.hidden = !fits;
    this.#show(fits && this.on);
  }

  toggle() {
    this.on = !this.on;
    localStorage.setItem(KEPT, this.on ? "on" : "off");
    this.#show(this.on);
  }

  #bounds() { return (this.button?.dataset.bounds ?? "").trim().split(" ").map(Number); }

  /** @param {boolean} on */
  #show(on) {
    const { streets = "", zooms = "" } = this.button?.dataset ?? {};
    const [least, most] = zooms.split(" ").map(Number);
    this.button?.setAttribute("aria-pressed", String(on));
    if (this.credit) this.credit.hidden = !on;
    this.layer.lay(on ? { base: streets, least, most, bounds: this.#bounds() } : null);
  }
}
