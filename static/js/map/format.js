// @ts-check
/** Reads the three binary shapes of the grid: geometry.bin, state.bin and the frames of /ws/grid/. Nothing here draws. */

/**
 * @typedef {object} Symbols
 * @property {number} count
 * @property {Uint32Array} branch
 * @property {Uint16Array} x
 * @property {Uint16Array} y
 * @property {Uint8Array} kind
 * @property {Uint8Array} flags
 *
 * @typedef {object} Geometry
 * @property {number} count            segments
 * @property {Uint16Array} quads       x1, y1, x2, y2 per segment, in steps of `scale`; y grows north
 * @property {Uint32Array} branch      branch id per segment
 * @property {Uint8Array} level        0 backbone, 1 medium voltage, 2 lateral or low voltage
 * @property {Symbols} symbols
 * @property {number} x0
 * @property {number} y0
 * @property {number} scale
 * @property {number} shrink           metres east per degree over metres north per degree; 0 where places are not on the earth
 *
 * @typedef {{ type: "delta", seq: number, previous: number, ids: Uint32Array, states: Uint8Array }} Delta
 * @typedef {{ type: "reload", seq: number, previous: number }} Reload another model version is in operation
 * @typedef {{ type: "heartbeat", seq: number, previous: number, at: number }} Heartbeat
 */

export const STATE = Object.freeze({
  SUPPLY: 7, DEAD: 1, PARTLY: 2, EARTHED: 3, OPEN: 8, ABNORMAL: 16, BAD: 32, TAGGED: 64, PREDICTED: 128,
});
export const KIND = Object.freeze({
  BREAKER: 1, RECLOSER: 2, FUSE: 3, LOAD_BREAK: 4, DISCONNECTOR: 5, SWITCH: 6, SERVICE: 10, TRANSFORMER: 11, SUBSTATION: 20,
});
export const FLAG = Object.freeze({ NORMALLY_OPEN: 1, TELEMETERED: 2 });

/** What makes a branch worth drawing above the grey base. An open switch in its normal place is not. */
export const UNUSUAL = STATE.SUPPLY | STATE.ABNORMAL | STATE.BAD | STATE.TAGGED | STATE.PREDICTED;

/** @param {DataView} view @param {string} magic */
function expectMagic(view, magic) {
  let found = "";
  for (let i = 0; i < 4 && i < view.byteLength; i++) found += String.fromCharCode(view.getUint8(i));
  if (found !== magic) throw new Error(`expected ${magic}, found ${JSON.stringify(found)}`);
}

/** @param {number} offset */
const padded = (offset) => (offset + 3) & ~3;

/** @param {ArrayBuffer} buffer @returns {Geometry} */
export function parseGeometry(buffer) {
  const view = new DataView(buffer);
  expectMagic(view, "TLG1");
  const count = view.getUint32(4, true);
  const marks = view.getUint32(8, true);
  let at = 36;
  /** @template {Uint8Array | Uint16Array | Uint32Array} T
   *  @param {{ new (buffer: ArrayBuffer, offset: number, length: number): T, BYTES_PER_ELEMENT: number }} Type @param {number} length */
  const take = (Type, length) => {
    const array = new Type(buffer, at, length);
    at = padded(at + length * Type.BYTES_PER_ELEMENT);
    return array;
  };
  const geometry = {
    count,
    x0: view.getFloat64(12, true), y0: view.getFloat64(20, true), scale: view.getFloat64(28, true),
    quads: take(Uint16Array, count * 4),
    branch: take(Uint32Array, count),
    level: take(Uint8Array, count),
    symbols: {
      count: marks,
      branch: take(Uint32Array, marks),
      x: take(Uint16Array, marks), y: take(Uint16Array, marks),
      kind: take(Uint8Array, marks), flags: take(Uint8Array, marks),
    },
    shrink: 0,
  };
  if (view.byteLength >= at + 8) geometry.shrink = view.getFloat64(at, true);
  return geometry;
}

/** @param {ArrayBuffer} buffer @returns {{ seq: number, states: Uint8Array }} */
export function parseState(buffer) {
  const view = new DataView(buffer);
  expectMagic(view, "TLS1");
  return { seq: view.getUint32(4, true), states: new Uint8Array(buffer, 12, view.getUint32(8, true)).slice() };
}

/** @param {ArrayBuffer} buffer @returns {Delta | Heartbeat | Reload | null} null for a frame of a kind this page does not know */
export function parseFrame(buffer) {
  const view = new DataView(buffer);
  const type = view.getUint8(0);
  const seq = view.getUint32(4, true);
  const previous = view.getUint32(8, true);
  if (type === 2) return { type: "heartbeat", seq, previous, at: view.byteLength >= 20 ? view.getFloat64(12, true) : NaN };
  if (type === 3) return { type: "reload", seq, previous };
  if (type !== 1) return null;
  const count = view.getUint32(12, true);
  return { type: "delta", seq, previous, ids: new Uint32Array(buffer, 16, count), states: new Uint8Array(buffer, 16 + count * 4, count) };
}
