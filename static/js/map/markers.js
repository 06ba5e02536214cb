// @ts-check
/** Outages on the map. They are read from the page's own list ([data-marker] rows), so list and map never disagree. */

/** @typedef {{ id: string, branch: number, priority: number, label: string, row: HTMLElement, x: number, y: number }} Marker */
const RISE = 30;
const HALF = 10;

/** @returns {Marker[]} */
export function readMarkers() {
  /** @type {Marker[]} */
  const found = [];
  for (const row of document.querySelectorAll("[data-marker][data-branch]")) {
    if (!(row instanceof HTMLElement) || !row.dataset.branch) continue;
    const { marker = "", branch, priority = "3", label = marker } = row.dataset;
    found.push({ id: marker, branch: Number(branch), priority: Number(priority), label, row, x: NaN, y: NaN });
  }
  return found.sort((a, b) => b.priority - a.priority); // the most urgent is drawn last, on top
}

/**
 * @param {CanvasRenderingContext2D} context @param {Marker[]} markers @param {import("./network.js").Network} network
 * @param {import("./view.js").View} view @param {import("./palette.js").Palette} colours @param {string} chosen
 */
export function drawMarkers(context, markers, network, view, colours, chosen) {
  for (const marker of markers) {
    const at = network.place(marker.branch);
    if (!at) { marker.x = NaN; continue; }
    const x = view.sx(at.x), y = view.sy(at.y);
    marker.x = x;
    marker.y = y - RISE;
    if (x < -40 || x > view.width + 40 || y < -20 || y > view.height + 60) continue;
    drawMarker(context, marker, y, colours, marker.id === chosen, view.width);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Marker} marker @param {number} foot @param {import("./palette.js").Palette} colours @param {boolean} chosen @param {number} room the width of the map */
function drawMarker(context, { x, y, priority, label }, foot, colours, chosen, room) {
  const colour = priority === 1 ? colours.p1 : priority === 2 ? colours.p2 : priority === 3 ? colours.p3 : colours.muted;
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x, y + HALF);
  context.lineTo(x, foot - 6);
  context.stroke();
  context.fillStyle = colour;
  shape(context, x, y, priority);
  context.fill();
  context.fillStyle = colours["on-mark"];
  context.font = "700 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillText(String(priority), x, y + (priority === 2 ? 7 : 4));
  context.textAlign = "left";
  if (!label) return;
  context.font = "700 12px system-ui, sans-serif";
  const width = context.measureText(label).width;
  const left = x + HALF + 16 + width > room ? x - HALF - 14 - width : x + HALF + 4; // never beyond the edge
  context.fillStyle = colours.panel;
  context.strokeStyle = chosen ? colours.sel : colours.line;
  context.lineWidth = chosen ? 3 : 1;
  context.beginPath();
  context.roundRect(left, y - 9, width + 10, 19, 3);
  context.fill();
  context.stroke();
  context.fillStyle = colours.text;
  context.fillText(label, left + 5, y + 5);
}

/** The same shapes as the lists: square 1, triangle 2, circle 3. @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} priority */
function shape(context, x, y, priority) {
  context.beginPath();
  if (priority === 1) context.rect(x - HALF, y - HALF, HALF * 2, HALF * 2);
  else if (priority === 2) {
    context.moveTo(x, y - HALF - 2);
    context.lineTo(x + HALF + 2, y + HALF);
    context.lineTo(x - HALF - 2, y + HALF);
    context.closePath();
  } else context.arc(x, y, HALF, 0, 6.2832);
}

/** @param {Marker[]} markers @param {number} px @param {number} py @returns {Marker | null} */
export function hitMarker(markers, px, py) {
  for (let i = markers.length - 1; i >= 0; i--) {
    const { x, y, label } = markers[i];
    if (px >= x - HALF - 4 && px <= x + HALF + 18 + label.length * 8 && py >= y - HALF - 4 && py <= y + HALF + 4) return markers[i];
  }
  return null;
}
