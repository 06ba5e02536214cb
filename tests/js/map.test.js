// @ts-check
import { buildIndex, eachNear } from "../js/map/grid_index.js";
import { Placer } from "../js/map/labels.js";
import { Network } from "../js/map/network.js";
import { pick } from "../js/map/picking.js";
import { freeBox } from "../js/map/temporary.js";
import { View } from "../js/map/view.js";
import { close, equal, ok, test } from "./harness.js";
import { small } from "./samples.js";

function seen() {
  const geometry = small();
  const view = new View();
  view.resize(800, 600);
  view.fit({ left: 100, right: 500, bottom: 40, top: 160 });
  return { geometry, view, network: new Network(geometry), index: buildIndex(geometry.quads, geometry.count) };
}

/** @param {number} count */
function scattered(count) {
  let seed = 7;
  const random = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 4294967296; };
  const quads = new Uint16Array(count * 4);
  for (let i = 0; i < count; i++) {
    const x = random() * 65000, y = random() * 65000, reach = random() < 0.02 ? 20000 : 300;
    quads.set([x, y, Math.min(65535, x + random() * reach), Math.min(65535, y + random() * reach)], i * 4);
  }
  return quads;
}

test("the index finds every segment that touches a box, long ones too", () => {
  const quads = scattered(3000);
  const index = buildIndex(quads, 3000);
  for (const box of [{ left: 0, right: 65535, bottom: 0, top: 65535 }, { left: 20000, right: 22000, bottom: 30000, top: 31000 }, { left: 64000, right: 65535, bottom: 0, top: 900 }]) {
    const found = new Set();
    eachNear(index, quads, box, (i) => found.add(i));
    for (let i = 0; i < 3000; i++) {
      const [x1, y1, x2, y2] = quads.subarray(i * 4, i * 4 + 4);
      const touches = Math.max(x1, x2) >= box.left && Math.min(x1, x2) <= box.right && Math.max(y1, y2) >= box.bottom && Math.min(y1, y2) <= box.top;
      if (touches && !found.has(i)) throw new Error(`segment ${i} is missing from ${JSON.stringify(box)}`);
    }
  }
});

test("a small box visits few segments", () => {
  const quads = scattered(20000);
  let visited = 0;
  eachNear(buildIndex(quads, 20000), quads, { left: 30000, right: 30500, bottom: 30000, top: 30500 }, () => { visited++; });
  ok(visited < 1200, `visited ${visited}`);
});

test("far outside the network nothing is visited", () => {
  const { geometry, index } = seen();
  let visited = 0;
  eachNear(index, geometry.quads, { left: -29000, right: -25000, bottom: -900, top: -500 }, () => { visited++; });
  equal(visited, 0);
});

test("north is up", () => {
  const { view } = seen();
  ok(view.sy(160) < view.sy(40));
  close(view.x(view.sx(321)), 321);
  close(view.y(view.sy(77)), 77);
});

test("zooming keeps the place under the pointer", () => {
  const { view } = seen();
  const before = [view.x(200), view.y(150)];
  view.zoom(1.7, 200, 150);
  close(view.x(200), before[0]);
  close(view.y(150), before[1]);
});

test("zooming stops at both ends", () => {
  const { view } = seen();
  view.least = 0.01;
  for (let i = 0; i < 200; i++) view.zoom(0.5, 0, 0);
  close(view.k, 0.01);
  for (let i = 0; i < 200; i++) view.zoom(2, 0, 0);
  equal(view.k, 24);
});

test("one line alone is picked without asking", () => {
  const { network, index, view } = seen();
  equal(pick(network, index, [], view, view.sx(250), view.sy(100)), [1]);
});

test("where two lines meet the user is asked", () => {
  const { network, index, view } = seen();
  const found = pick(network, index, [], view, view.sx(200), view.sy(100));
  equal([...found].sort(), [0, 1]);
});

test("equipment wins over the line it sits on", () => {
  const { network, index, view } = seen();
  const mark = { branch: 2, kind: 4, flags: 0, state: 0, x: view.sx(350), y: view.sy(100), r: 6 };
  equal(pick(network, index, [mark], view, mark.x + 4, mark.y - 3), [2]);
});

test("two pieces of equipment in one spot are never guessed between", () => {
  const { network, index, view } = seen();
  const at = { kind: 4, flags: 0, state: 0, y: 100, r: 6 };
  equal(pick(network, index, [{ branch: 2, x: 100, ...at }, { branch: 5, x: 104, ...at }], view, 102, 100).length, 2);
});

test("empty ground picks nothing", () => {
  const { network, index, view } = seen();
  equal(pick(network, index, [], view, view.sx(250), view.sy(150)), []);
});

test("names are never placed over one another", () => {
  const placer = new Placer();
  const boxes = [];
  for (let i = 0; i < 300; i++) {
    const at = placer.place((i * 37) % 400, (i * 53) % 300, 6, 40 + (i % 60), 15);
    if (at) boxes.push([at.x, at.y, at.x + 40 + (i % 60), at.y + 15]);
  }
  ok(boxes.length > 20, `${boxes.length} placed`);
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => ok(!(a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1]), "two names overlap")));
});

test("boxes of crews that stand close together do not cover each other", () => {
  const boxes = [];
  for (const left of [100, 110, 95, 300, 104]) boxes.push(freeBox(boxes, left, 50, 30, 1));
  equal(boxes.map((one) => [one.left, one.top]), [[100, 50], [110, 70], [95, 90], [300, 50], [104, 110]]);
  equal(freeBox(boxes, 100, 50, 30, -1).top, 30);
});
