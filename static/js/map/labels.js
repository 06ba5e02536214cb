// @ts-check
/** Greedy placement of names: the most important first, four places tried around each, never one over another. */

const BUCKET = 48;

export class Placer {
  /** @param {number} [width] of the screen: names stay inside @param {number} [height] */
  constructor(width = Infinity, height = Infinity) {
    this.width = width;
    this.height = height;
    /** @type {Map<number, number[][]>} */
    this.buckets = new Map();
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height @returns {boolean} whether the room was free */
  free(x, y, width, height) {
    for (const key of cells(x, y, width, height)) {
      for (const [a, b, c, d] of this.buckets.get(key) ?? []) if (x < c && x + width > a && y < d && y + height > b) return false;
    }
    return true;
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  take(x, y, width, height) {
    const box = [x, y, x + width, y + height];
    for (const key of cells(x, y, width, height)) {
      const at = this.buckets.get(key);
      if (at) at.push(box);
      else this.buckets.set(key, [box]);
    }
  }

  /**
   * Finds room beside a symbol of half size r: right above, right below, left above, left below, on top.
   * @param {number} x @param {number} y @param {number} r @param {number} width @param {number} height
   * @returns {{ x: number, y: number } | null} the upper left corner
   */
  place(x, y, r, width, height) {
    for (const [px, py] of [[x + r + 4, y - height - 1], [x + r + 4, y + 3], [x - r - 4 - width, y - height - 1], [x - r - 4 - width, y + 3], [x - width / 2, y - r - height - 2]]) {
      if (px < 2 || py < 2 || px + width > this.width - 2 || py + height > this.height - 2 || !this.free(px, py, width, height)) continue;
      this.take(px, py, width, height);
      return { x: px, y: py };
    }
    return null;
  }
}

/** @param {number} x @param {number} y @param {number} width @param {number} height */
function* cells(x, y, width, height) {
  for (let row = Math.floor(y / BUCKET); row <= Math.floor((y + height) / BUCKET); row++) {
    for (let column = Math.floor(x / BUCKET); column <= Math.floor((x + width) / BUCKET); column++) yield row * 4096 + column;
  }
}
