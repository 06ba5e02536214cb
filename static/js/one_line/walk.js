// @ts-check
/** From symbol to symbol by arrow keys: the nearest one that lies more in the asked direction than beside it. */

/** @typedef {{ branch: number, x: number, y: number }} Place */

/**
 * @param {Place[]} places @param {Place | undefined} from where one stands; without it the first from the upper left
 * @param {[number, number]} way one step right or down, or back
 * @returns {Place | undefined}
 */
export function nextIn(places, from, way) {
  if (!from) return [...places].sort((a, b) => a.y - b.y || a.x - b.x)[0];
  let best, least = Infinity;
  for (const place of places) {
    const ahead = (place.x - from.x) * way[0] + (place.y - from.y) * way[1];
    const aside = Math.abs((place.x - from.x) * way[1]) + Math.abs((place.y - from.y) * way[0]);
    if (ahead <= 0 || aside > ahead * 1.5) continue;
    const far = ahead + aside * 2;
    if (far < least) { least = far; best = place; }
  }
  return best;
}
