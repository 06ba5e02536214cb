// @ts-check
/** How equipment looks: shape says what it is, filled is closed, hollow is open, a ring is abnormal. Sizes are CSS pixels. */
import { FLAG, KIND, STATE } from "./format.js";

/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {import("./palette.js").Palette} Palette */

/** From the most to the least important; a tier is drawn while the picture stays readable. */
/** @type {number[][]} */
export const TIERS = [[KIND.SUBSTATION], [KIND.TRANSFORMER, KIND.BREAKER, KIND.RECLOSER], [KIND.LOAD_BREAK, KIND.SWITCH, KIND.DISCONNECTOR],
  [KIND.FUSE], [KIND.SERVICE]];

/** Half a substation where there is room. */
export const LARGEST = 10;

/** @param {number} kind */
export const tierOf = (kind) => { const t = TIERS.findIndex((tier) => tier.includes(kind)); return t < 0 ? TIERS.length - 1 : t; };
/** @param {number} kind */
export const isSwitch = (kind) => kind >= KIND.BREAKER && kind <= KIND.SWITCH;

/** Half the size of a symbol. @param {number} kind @param {number} k pixels per step @param {boolean} unusual */
export function halfSize(kind, k, unusual) {
  if (kind === KIND.SUBSTATION) return LARGEST;
  const grown = Math.max(2.5, Math.min(7, 2.5 + k * 26));
  if (kind === KIND.SERVICE) return Math.max(2, grown * 0.6);
  return unusual ? Math.max(6, grown) : grown;
}

/** @param {Context} context @param {number} kind @param {number} x @param {number} y @param {number} r */
function outline(context, kind, x, y, r) {
  context.beginPath();
  if (kind === KIND.RECLOSER) context.arc(x, y, r, 0, 6.2832);
  else if (kind === KIND.FUSE) context.rect(x - r * 0.5, y - r, r, r * 2);
  else if (kind === KIND.DISCONNECTOR) context.rect(x - r, y - r * 0.5, r * 2, r);
  else if (kind === KIND.LOAD_BREAK || kind === KIND.SWITCH) context.roundRect(x - r, y - r, r * 2, r * 2, r * 0.45);
  else context.rect(x - r, y - r, r * 2, r * 2);
}

/**
 * @param {Context} context @param {Palette} colours @param {number} kind @param {number} flags @param {number} state
 * @param {number} x @param {number} y @param {number} r
 */
export function drawSymbol(context, colours, kind, flags, state, x, y, r) {
  const dead = (state & STATE.SUPPLY) === STATE.DEAD;
  if (kind === KIND.SUBSTATION) return drawSubstation(context, colours, dead, x, y, r);
  if (kind === KIND.TRANSFORMER) return drawTransformer(context, colours, dead, x, y, r);
  if (kind === KIND.SERVICE) return drawService(context, colours, state, x, y, r);
  const abnormal = state & STATE.ABNORMAL;
  const open = state & STATE.OPEN;
  outline(context, kind, x, y, r);
  context.fillStyle = open ? colours.panel : abnormal || dead ? colours.text : colours.line;
  context.strokeStyle = abnormal || (open && !(flags & FLAG.NORMALLY_OPEN)) || dead ? colours.text : open ? colours.muted : colours.line;
  context.lineWidth = r > 4 ? 2 : 1.25;
  context.fill();
  context.stroke();
  if (abnormal) {
    outline(context, KIND.BREAKER, x, y, r + 4);
    context.lineWidth = 1.5;
    context.stroke();
  }
}

/** @param {Context} context @param {Palette} colours @param {boolean} dead @param {number} x @param {number} y @param {number} r */
function drawSubstation(context, colours, dead, x, y, r) {
  context.fillStyle = dead ? colours.bg : colours.panel;
  context.strokeStyle = colours.text;
  context.lineWidth = 2;
  context.fillRect(x - r, y - r, r * 2, r * 2);
  context.strokeRect(x - r, y - r, r * 2, r * 2);
  context.beginPath();
  context.moveTo(x - r + 4, y);
  context.lineTo(x + r - 4, y);
  context.stroke();
}

/** @param {Context} context @param {Palette} colours @param {boolean} dead @param {number} x @param {number} y @param {number} r */
function drawTransformer(context, colours, dead, x, y, r) {
  context.fillStyle = colours.panel;
  context.strokeStyle = dead ? colours.dead : colours.text;
  context.lineWidth = 1.5;
  for (const shift of [-r * 0.5, r * 0.5]) {
    context.beginPath();
    context.arc(x, y + shift, r * 0.8, 0, 6.2832);
    if (shift < 0) context.fill();
    context.stroke();
  }
}

/** A service transformer is a small triangle: hollow and thick when its customers are out.
 *  @param {Context} context @param {Palette} colours @param {number} state @param {number} x @param {number} y @param {number} r */
function drawService(context, colours, state, x, y, r) {
  const out = (state & STATE.SUPPLY) === STATE.DEAD || state & STATE.PREDICTED;
  context.beginPath();
  context.moveTo(x - r, y - r * 0.8);
  context.lineTo(x + r, y - r * 0.8);
  context.lineTo(x, y + r);
  context.closePath();
  context.fillStyle = out ? colours.panel : colours.line;
  context.strokeStyle = (state & STATE.SUPPLY) === STATE.DEAD ? colours.dead : out ? colours.p1 : colours.line;
  context.lineWidth = out ? 2 : 1;
  context.fill();
  context.stroke();
}

/** A small word or sign beside a symbol: TAG, the diamond of bad quality, the earth sign.
 *  @param {Context} context @param {Palette} colours @param {number} state @param {number} x @param {number} y @param {number} r */
export function drawBadges(context, colours, state, x, y, r) {
  let at = x + r + 3;
  if ((state & STATE.SUPPLY) === STATE.EARTHED) {
    context.strokeStyle = colours.earth;
    context.lineWidth = 2;
    context.beginPath();
    for (const [half, down] of [[6, 0], [4, 3.5], [2, 7]]) {
      context.moveTo(x - half, y + r + 6 + down);
      context.lineTo(x + half, y + r + 6 + down);
    }
    context.stroke();
  }
  if (state & STATE.BAD) {
    context.font = "700 13px system-ui, sans-serif";
    context.fillStyle = colours.bad;
    context.fillText("◇?", at, y - r);
    at += 22;
  }
  if (state & STATE.TAGGED) {
    context.font = "700 10px system-ui, sans-serif";
    context.fillStyle = colours.panel;
    context.strokeStyle = colours.text;
    context.lineWidth = 1.5;
    context.fillRect(at, y - r - 11, 26, 13);
    context.strokeRect(at, y - r - 11, 26, 13);
    context.fillStyle = colours.text;
    context.fillText("TAG", at + 3, y - r - 1);
  }
}
