// @ts-check
import { filled, gettext, ngettext, number } from "../js/words.js";
import { kindWord } from "../js/map/abnormal_list.js";
import { STATE } from "../js/map/format.js";
import { stateWords } from "../js/map/network.js";
import { equal, test } from "./harness.js";

test("without a catalogue texts are as they are written", () => {
  equal([gettext("Close"), ngettext("%(n)s customer", "%(n)s customers", 1), ngettext("%(n)s customer", "%(n)s customers", 2)], ["Close", "%(n)s customer", "%(n)s customers"]);
  equal(filled("%(n)s of %(all)s, %(n)s", { n: 1, all: 3 }), "1 of 3, 1");
  equal([number(999), number(1234567)], ["999", "1\u202f234\u202f567"]);
  equal(kindWord(-1), "Equipment");
});

test("with a catalogue scripts speak its language", () => {
  const page = /** @type {any} */ (globalThis);
  Object.assign(page, { gettext: (/** @type {string} */ text) => `<${text}>`, ngettext: (/** @type {string} */ one, /** @type {string} */ many, /** @type {number} */ n) => (n === 1 ? one : many).toUpperCase() });
  try {
    equal([gettext("Close"), ngettext("one", "many", 2), stateWords(STATE.BAD, true)], ["<Close>", "MANY", "<closed>, <bad quality>"]);
  } finally {
    delete page.gettext;
    delete page.ngettext;
  }
});
