// @ts-check
import { joinSegments } from "../js/map/chains.js";
import { STATE } from "../js/map/format.js";
import { lookOf, Network, stateWords } from "../js/map/network.js";
import { equal, ok, test } from "./harness.js";
import { small } from "./samples.js";

const made = () => { const network = new Network(small()); network.replaceState(new Uint8Array(7), 1); return network; };

test("segments that touch become one line, whatever order they come in", () => {
  const { quads, level } = small();
  const [chain, ...rest] = joinSegments(quads, level, [2, 0, 3, 1]);
  equal(rest.length, 0);
  equal([...chain.points].filter((_, i) => i % 2 === 0).sort((a, b) => a - b), [100, 200, 300, 400, 500]);
});

test("a lateral is not joined to the trunk it hangs on", () => {
  const { quads, level } = small();
  equal(joinSegments(quads, level, [0, 1, 4]).length, 2);
});

test("a ring is joined once and ends", () => {
  const quads = Uint16Array.from([0, 0, 10, 0, 10, 0, 10, 10, 10, 10, 0, 10, 0, 10, 0, 0]);
  const chains = joinSegments(quads, new Uint8Array(4), [0, 1, 2, 3]);
  equal(chains.length, 1);
  equal(chains[0].points.length, 10);
});

test("a delta moves branches in and out of what is unusual", () => {
  const network = made();
  network.applyDelta(Uint32Array.from([2, 3]), Uint8Array.from([STATE.OPEN | STATE.ABNORMAL, STATE.DEAD]), 2);
  equal(network.unusual, [2, 3]);
  equal(network.marked, [2]);
  equal(network.looks().dead.length, 1);
  network.applyDelta(Uint32Array.from([2, 3]), new Uint8Array(2), 3);
  equal([network.unusual.size, network.marked.size, network.seq], [0, 0, 3]);
  equal(network.looks().dead.length, 0);
});

test("a tie that is open as it should be is not unusual", () => {
  const network = made();
  network.applyDelta(Uint32Array.from([5]), Uint8Array.from([STATE.OPEN]), 2);
  equal(network.unusual.size, 0);
});

test("an id beyond the model is passed over", () => {
  const network = made();
  network.applyDelta(Uint32Array.from([99]), Uint8Array.from([1]), 2);
  equal([network.unusual.size, network.seq], [0, 2]);
});

test("a short state file leaves the rest energised", () => {
  const network = made();
  network.replaceState(Uint8Array.from([1, 1]), 9);
  equal(network.unusual, [0, 1]);
});

test("of several things to show, supply comes first", () => {
  equal([lookOf(STATE.DEAD | STATE.PREDICTED | STATE.BAD), lookOf(STATE.PREDICTED | STATE.BAD), lookOf(STATE.BAD), lookOf(STATE.EARTHED), lookOf(0)],
    ["dead", "predicted", "bad", "earthed", null]);
});

test("a switch at the door of a substation is known as the switch", () => {
  const network = made();
  equal([network.kind(0), network.kind(3)], [1, 0]);
});

test("the place of a branch is its symbol, else the middle of its line", () => {
  const network = made();
  equal(network.place(2), { x: 350, y: 100 });
  equal(network.place(3), { x: 450, y: 100 });
  equal([network.place(99), network.place(-1)], [null, null]);
});

test("a state is told in words", () => {
  equal(stateWords(STATE.OPEN | STATE.ABNORMAL | STATE.DEAD, true), "open, abnormal position, de-energised");
  equal(stateWords(0, true), "closed");
  equal(stateWords(0, false), "energised");
  ok(stateWords(STATE.BAD | STATE.TAGGED, false).includes("tagged"));
});

test("a name that is not here is asked for, and is nothing until it has come", () => {
  const network = made();
  /** @type {number[]} */
  const wanted = [];
  network.names = new Map();
  network.wants = (branch) => wanted.push(branch);
  equal([network.knownName(3), network.name(3)], ["", "no. 3"]);
  network.names.set(3, "F 3");
  equal([network.knownName(3), wanted], ["F 3", [3, 3]]);
});

test("substations that stand close have room for a small symbol only", () => {
  const geometry = small();
  geometry.symbols = { count: 3, branch: Uint32Array.from([0, 1, 2]), x: Uint16Array.from([100, 130, 900]), y: Uint16Array.from([100, 100, 100]),
    kind: Uint8Array.from([20, 20, 20]), flags: new Uint8Array(3) };
  equal(new Network(geometry).spacing, 30);
  equal(made().spacing, Infinity);
});
