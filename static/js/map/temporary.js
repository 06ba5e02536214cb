// @ts-check
/** Cuts, jumpers, grounds, mobile generation, notes, crews and calls on the map: a word in a box where they stand, and a jumper's way. */

/** @typedef {{ branch: number, other: number, kind: string, word: string, name: string }} Temporary */

/** Those the page lists now. @returns {Temporary[]} */
export function readTemporary() {
  return [...document.querySelectorAll("[data-temporary]")].map((row) => {
    const { branch = "-1", other = "-1", kind = "", word = "", name = "" } = /** @type {HTMLElement} */ (row).dataset;
    return { branch: Number(branch), other: Number(other), kind, word, name };
  });
}

/** Whether it belongs to the field, which can be hidden. @param {Temporary} one */
export const isOfField = (one) => one.kind === "crew" || one.kind === "call";

/** @param {string} kind @param {import("./palette.js").Palette} colours */
function toneOf(kind, colours) {
  if (kind === "ground") return colours.earth;
  if (kind === "crew" || kind === "note") return colours.text;
  return kind === "call" ? colours.p3 : colours.p2;
}

/** @param {CanvasRenderingContext2D} context @param {Temporary[]} elements @param {import("./network.js").Network} network
 *  @param {import("./view.js").View} view @param {import("./palette.js").Palette} colours */
export function drawTemporary(context, elements, network, view, colours) {
  context.font = "700 11px system-ui, sans-serif";
  context.textBaseline = "alphabetic";
  /** @type {Map<number, number>} how many boxes a place has already: the next stands above them */
  const stacked = new Map();
  for (const one of elements) {
    const at = network.place(one.branch);
    if (!at) continue;
    const above = stacked.get(one.branch) ?? 0;
    stacked.set(one.branch, above + 1);
    const below = isOfField(one), way = below ? 1 : -1; // the field hangs below: outages stand above
    const x = view.sx(at.x), y = view.sy(at.y) + way * above * 20, tone = toneOf(one.kind, colours);
    const far = one.other >= 0 ? network.place(one.other) : null;
    if (far) dashed(context, x, y, view.sx(far.x), view.sy(far.y), tone);
    const width = context.measureText(one.word).width + 10;
    context.lineWidth = 2;
    context.strokeStyle = context.fillStyle = tone;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x, y + way * 12);
    context.stroke();
    context.fillStyle = colours.panel;
    const top = below ? y + 12 : y - 30;
    context.fillRect(x - width / 2, top, width, 18);
    context.strokeRect(x - width / 2, top, width, 18);
    context.fillStyle = colours.text;
    context.fillText(one.word, x - width / 2 + 5, top + 13);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} toX @param {number} toY @param {string} tone */
function dashed(context, x, y, toX, toY, tone) {
  context.strokeStyle = tone;
  context.lineWidth = 3;
  context.setLineDash([9, 5]);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
  context.setLineDash([]);
}
