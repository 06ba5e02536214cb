// @ts-check
/** The symbols of the page, <symbol id="ol-…">, made ready for a canvas: one drawing of each for both kinds of sheets. */

/** @typedef {{ path: Path2D, fill: Ink, stroke: Ink, width: number }} Piece */
/** @typedef {"" | "panel" | "current"} Ink nothing, the ground of the sheet, or the colour of the state */

/** @param {ParentNode} root @returns {Map<string, Piece[]>} by name: "breaker-open", "power" */
export function shapes(root) {
  return new Map([...root.querySelectorAll("symbol[id^=ol-]")].map((symbol) => [symbol.id.slice(3), [...symbol.children].map(piece)]));
}

/** @param {Element} element @returns {Piece} */
function piece(element) {
  const plain = outline(element);
  const matrix = element instanceof SVGGraphicsElement ? element.transform.baseVal.consolidate()?.matrix : undefined;
  const path = matrix ? new Path2D() : plain;
  if (matrix) path.addPath(plain, matrix);
  return {
    path,
    fill: element.classList.contains("ol-panel") ? "panel" : element.getAttribute("fill") === "currentColor" ? "current" : "",
    stroke: element.classList.contains("ol-knock") ? "panel" : element.getAttribute("stroke") ? "current" : "",
    width: number(element, "stroke-width") || 2,
  };
}

/** @param {Element} element */
function outline(element) {
  if (element.localName === "path") return new Path2D(element.getAttribute("d") ?? "");
  const path = new Path2D();
  if (element.localName === "circle") path.arc(number(element, "cx"), number(element, "cy"), number(element, "r"), 0, 2 * Math.PI);
  else path.roundRect(number(element, "x"), number(element, "y"), number(element, "width"), number(element, "height"), number(element, "rx"));
  return path;
}

/** @param {Element} element @param {string} name */
const number = (element, name) => Number(element.getAttribute(name) ?? 0);
