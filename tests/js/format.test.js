// @ts-check
import { parseFrame, parseGeometry, parseState } from "../js/map/format.js";
import { equal, ok, test } from "./harness.js";
import { encode, SMALL, small } from "./samples.js";

/** @param {number} type @param {number} seq @param {number} previous @param {number[]} ids @param {number[]} states */
export function delta(type, seq, previous, ids, states) {
  const view = new DataView(new ArrayBuffer(16 + ids.length * 5));
  view.setUint8(0, type);
  [seq, previous, ids.length].forEach((value, i) => view.setUint32(4 + i * 4, value, true));
  ids.forEach((id, i) => view.setUint32(16 + i * 4, id, true));
  states.forEach((state, i) => view.setUint8(16 + ids.length * 4 + i, state));
  return view.buffer;
}

test("geometry comes out as it went in, with odd counts padded", () => {
  const found = small();
  equal(found.count, 7);
  equal([found.x0, found.y0, found.scale], [1000, 2000, 0.5]);
  equal(found.quads.subarray(0, 4), [100, 100, 200, 100]);
  equal(found.branch, SMALL.branch);
  equal(found.level, SMALL.level);
  equal(found.symbols.branch, [0, 0, 2, 5, 4]);
  equal(found.symbols.y, [100, 100, 100, 9000, 40]);
  equal(found.symbols.kind, [20, 1, 4, 4, 10]);
  equal(found.symbols.flags, [0, 2, 2, 1, 0]);
});

test("a network without symbols is read", () => {
  const found = parseGeometry(encode({ quads: [[1, 2, 3, 4]], branch: [0], level: [1], symbols: [] }));
  equal([found.count, found.symbols.count], [1, 0]);
});

test("another file than a geometry is refused by its magic", () => {
  let said = "";
  try { parseGeometry(new TextEncoder().encode("<!doctype html>                         ").buffer); } catch (error) { said = String(error); }
  ok(said.includes("expected TLG1"), said);
});

test("the state file gives its number and a copy of its bytes", () => {
  const bytes = new Uint8Array([84, 76, 83, 49, 7, 0, 0, 0, 3, 0, 0, 0, 1, 2, 128]);
  const { seq, states } = parseState(bytes.buffer);
  bytes[12] = 9;
  equal([seq, ...states], [7, 1, 2, 128]);
});

test("a delta frame gives ids and states", () => {
  const frame = parseFrame(delta(1, 12, 11, [5, 70000], [9, 1]));
  ok(frame?.type === "delta");
  if (frame?.type === "delta") equal([frame.seq, frame.previous, ...frame.ids, ...frame.states], [12, 11, 5, 70000, 9, 1]);
});

test("a heartbeat tells number and time", () => {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint8(0, 2);
  view.setUint32(4, 41, true);
  view.setFloat64(12, 1.5e9, true);
  equal(parseFrame(view.buffer), { type: "heartbeat", seq: 41, previous: 0, at: 1.5e9 });
});

test("a reload is told, and a frame of an unknown kind is passed over", () => {
  equal(parseFrame(delta(3, 2, 1, [], []))?.type, "reload");
  equal(parseFrame(delta(9, 2, 1, [], [])), null);
});
