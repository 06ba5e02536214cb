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
  /** @type {(Box & { tone: string, word: string })[]} */
  const boxes = [];
  for (const one of elements) {
    const at = network.place(one.branch);
    if (!at) continue;
    const x = view.sx(at.x), y = view.sy(at.y), tone = toneOf(one.kind, colours);
    const far = one.other >= 0 ? network.place(one.other) : null;
    if (far) dashed(context, x, y, view.sx(far.x), view.sy(far.y), tone);
    const way = isOfField(one) ? 1 : -1; // the field hangs below: outages stand above
    const width = context.measureText(one.word).width + 10;
    const box = freeBox(boxes, x - width / 2, way > 0 ? y + 12 : y - 12 - TALL, width, way);
    boxes.push({ ...box, tone, word: one.word });
    context.lineWidth = 2;
    context.strokeStyle = tone;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x, way > 0 ? box.top : box.top + TALL);
    context.stroke();
  }
  for (const { left, top, width, tone, word } of boxes) { // after every line, so that none runs through a word
    context.fillStyle = colours.panel;
    context.fillRect(left, top, width, TALL);
    context.strokeStyle = tone;
    context.strokeRect(left, top, width, TALL);
    context.fillStyle = colours.text;
    context.fillText(word, left + 5, top + 13);
  }
}

/** @typedef {{ left: number, top: number, width: number }} Box in CSS pixels, `TALL` high */
const TALL = 18, APART = 2, MOST_MOVES = 12, MOST_BOXES = 200;

/** Where a box can stand beside those that stand already: moved away from its place as far as it must;
 *  where there are very many, where it would.
 *  @param {Box[]} boxes @param {number} left @param {number} top @param {number} width @param {number} way 1 down, -1 up @returns {Box} */
export function freeBox(boxes, left, top, width, way) {
  if (boxes.length > MOST_BOXES) return { left, top, width };
  const hits = (/** @type {Box} */ one) => left < one.left + one.width + APART && one.left < left + width + APART && Math.abs(one.top - top) < TALL + APART;
  for (let moves = 0, other; moves < MOST_MOVES && (other = boxes.find(hits)); moves++) top = other.top + way * (TALL + APART);
  return { left, top, width };
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
