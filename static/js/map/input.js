// @ts-check
/** Pointer, wheel, pinch and keys on the map. Tells what was meant; does not know what is drawn. */

const STEP = 80;
const CLICK = 4;

/**
 * @typedef {object} Intent
 * @property {(dx: number, dy: number) => void} pan
 * @property {(factor: number, x: number, y: number) => void} zoom
 * @property {(x: number, y: number, keyboard: boolean) => void} pick
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} fit
 * @property {() => void} leave
 */

/** @param {HTMLElement} element @param {Intent} on */
export function listen(element, on) {
  pointers(element, on);
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 24 : event.deltaY;
    on.zoom(Math.exp(-Math.max(-240, Math.min(240, pixels)) * 0.0017), event.offsetX, event.offsetY);
  }, { passive: false });
  element.addEventListener("keydown", (event) => keys(event, element, on));
}

/** @param {HTMLElement} element @param {Intent} on */
function pointers(element, on) {
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let moved = 0;
  let many = false;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (!down.size) { moved = 0; many = false; }
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    many ||= down.size > 1;
  });
  element.addEventListener("pointermove", (event) => {
    const was = down.get(event.pointerId);
    if (!was) { if (!down.size) on.hover(event.offsetX, event.offsetY); return; }
    const now = { x: event.offsetX, y: event.offsetY };
    moved += Math.abs(now.x - was.x) + Math.abs(now.y - was.y);
    if (down.size === 2) pinch(down, event.pointerId, now, on);
    else if (moved >= CLICK) on.pan(now.x - was.x, now.y - was.y);
    down.set(event.pointerId, now);
  });
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (!down.delete(event.pointerId) || down.size) return;
    if (event.type === "pointerup" && moved < CLICK && !many) on.pick(event.offsetX, event.offsetY, false);
  };
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", () => { if (!down.size) on.leave(); });
}

/** @param {Map<number, { x: number, y: number }>} down @param {number} id @param {{ x: number, y: number }} now @param {Intent} on */
function pinch(down, id, now, on) {
  const was = /** @type {{ x: number, y: number }} */ (down.get(id));
  const other = /** @type {{ x: number, y: number }} */ ([...down].find(([key]) => key !== id)?.[1]);
  const before = Math.hypot(was.x - other.x, was.y - other.y) || 1;
  const after = Math.hypot(now.x - other.x, now.y - other.y) || 1;
  on.pan((now.x - was.x) / 2, (now.y - was.y) / 2);
  on.zoom(after / before, (now.x + other.x) / 2, (now.y + other.y) / 2);
}

/** @param {KeyboardEvent} event @param {HTMLElement} element @param {Intent} on */
function keys(event, element, on) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const middle = { x: element.clientWidth / 2, y: element.clientHeight / 2 };
  const step = event.shiftKey ? STEP * 3 : STEP;
  /** @type {Record<string, () => void>} */
  const meant = {
    ArrowLeft: () => on.pan(step, 0), ArrowRight: () => on.pan(-step, 0),
    ArrowUp: () => on.pan(0, step), ArrowDown: () => on.pan(0, -step),
    "+": () => on.zoom(1.4, middle.x, middle.y), "=": () => on.zoom(1.4, middle.x, middle.y),
    "-": () => on.zoom(1 / 1.4, middle.x, middle.y),
    0: on.fit, Home: on.fit,
    Enter: () => on.pick(middle.x, middle.y, true), " ": () => on.pick(middle.x, middle.y, true),
  };
  if (!meant[event.key]) return;
  event.preventDefault();
  meant[event.key]();
}
