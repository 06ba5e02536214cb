// @ts-check
/** Where the map looks: x' = x * k + ox, y' = oy - y * k, in CSS pixels; x and y are quantised steps, y north. */

const NEAREST = 24;

export class View {
  constructor() {
    this.k = 1;
    this.ox = 0;
    this.oy = 0;
    this.width = 1;
    this.height = 1;
    this.least = 1e-4;
  }

  /** @param {number} x */
  sx(x) { return x * this.k + this.ox; }

  /** @param {number} y */
  sy(y) { return this.oy - y * this.k; }

  /** @param {number} px */
  x(px) { return (px - this.ox) / this.k; }

  /** @param {number} py */
  y(py) { return (this.oy - py) / this.k; }

  /** The quantised box on screen, wider by `margin` pixels. @param {number} [margin] */
  box(margin = 0) {
    return { left: this.x(-margin), right: this.x(this.width + margin), top: this.y(-margin), bottom: this.y(this.height + margin) };
  }

  /** @param {{ left: number, right: number, bottom: number, top: number }} box @param {number} [margin] @param {number} [most] @param {number} [foot] more room below @param {number} [side] more room at the right */
  fit(box, margin = 36, most = NEAREST, foot = 0, side = 0) {
    const across = Math.max(1, box.right - box.left), up = Math.max(1, box.top - box.bottom);
    this.k = Math.min(most, Math.max(1, this.width - 2 * margin - side) / across, Math.max(1, this.height - 2 * margin - foot) / up);
    this.centre((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    this.oy -= foot / 2;
    this.ox -= side / 2;
  }

  /** @param {number} x @param {number} y */
  centre(x, y) {
    this.ox = this.width / 2 - x * this.k;
    this.oy = this.height / 2 + y * this.k;
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.ox += dx;
    this.oy += dy;
  }

  /** Keeps the place under (px, py) where it is. @param {number} factor @param {number} px @param {number} py */
  zoom(factor, px, py) {
    const k = Math.max(this.least, Math.min(NEAREST, this.k * factor));
    const f = k / this.k;
    this.ox = px - (px - this.ox) * f;
    this.oy = py - (py - this.oy) * f;
    this.k = k;
  }

  /** @param {number} width @param {number} height keeps the middle in the middle */
  resize(width, height) {
    this.ox += (width - this.width) / 2;
    this.oy += (height - this.height) / 2;
    this.width = width;
    this.height = height;
  }

  /** A plain copy for a worker, larger by `margin` pixels on each side. @param {number} [margin] */
  frame(margin = 0) {
    return { k: this.k, ox: this.ox + margin, oy: this.oy + margin, width: this.width + 2 * margin, height: this.height + 2 * margin };
  }
}

/** @typedef {ReturnType<View["frame"]>} Frame */
