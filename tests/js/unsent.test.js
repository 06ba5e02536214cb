// @ts-check
import { equal, test } from "./harness.js";
import { Unsent } from "../js/unsent.js";

function storage() {
  const held = new Map();
  return /** @type {any} */ ({ getItem: (key) => held.get(key) ?? null, setItem: (key, value) => held.set(key, value) });
}

const report = (state) => ({ path: "/crew/7/progress/", body: `state=${state}`, label: state });

test("reports wait in order, a second press is none, and they are told", () => {
  const shown = [];
  const queue = new Unsent(storage(), "k", async () => "away", (waiting) => shown.push(waiting.map((one) => one.label)));
  for (const state of ["accepted", "accepted", "en_route"]) queue.add(report(state));
  equal(shown.at(-1), ["accepted", "en_route"]);
});

test("what is away stays, with those behind it, and another page finds it", async () => {
  const store = storage();
  const queue = new Unsent(store, "k", async (one) => (one.label === "accepted" ? "sent" : "away"), () => {});
  for (const state of ["accepted", "en_route", "on_site"]) queue.add(report(state));
  await queue.flush();
  equal(new Unsent(store, "k", async () => "sent", () => {}).waiting.map((one) => one.label), ["en_route", "on_site"]);
});

test("what is refused does not hold back what follows, and the page is told that something went out", async () => {
  const tried = [];
  let told = 0;
  const queue = new Unsent(storage(), "k", async (one) => { tried.push(one.label); return one.label === "en_route" ? "refused" : "sent"; },
    (_, sent) => { told = sent; });
  for (const state of ["accepted", "en_route", "on_site"]) queue.add(report(state));
  await queue.flush();
  equal([tried, queue.waiting, told], [["accepted", "en_route", "on_site"], [], 3]);
});
