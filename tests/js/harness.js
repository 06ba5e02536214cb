// @ts-check
/** The least a test needs, in a browser page: `test`, `equal`, `ok`, `close`. Results are read by tests/browser/test_js_units.py. */

/** @type {{ name: string, run: () => unknown }[]} */
const tests = [];

/** @param {string} name finishes a sentence @param {() => unknown} run */
export function test(name, run) { tests.push({ name, run }); }

/** @param {unknown} value @returns {unknown} */
const plain = (value) => (ArrayBuffer.isView(value) ? [.../** @type {any} */ (value)] : value instanceof Set || value instanceof Map ? [...value] : value);

/** @param {unknown} found @param {unknown} wanted @param {string} [words] */
export function equal(found, wanted, words = "") {
  const [a, b] = [JSON.stringify(plain(found)), JSON.stringify(plain(wanted))];
  if (a !== b) throw new Error(`${words} found ${a}, wanted ${b}`);
}

/** @param {unknown} value @param {string} [words] */
export function ok(value, words = "not true") { if (!value) throw new Error(words); }

/** @param {number} found @param {number} wanted @param {number} [by] */
export function close(found, wanted, by = 1e-6) { if (!(Math.abs(found - wanted) <= by)) throw new Error(`found ${found}, wanted ${wanted}`); }

/** @param {string[]} files @returns {Promise<{ name: string, error: string }[]>} */
export async function runAll(files) {
  const results = [];
  for (const file of files) {
    tests.length = 0;
    await import(file);
    for (const { name, run } of tests.slice()) {
      try {
        await run();
        results.push({ name: `${file.split("/").at(-1)}: ${name}`, error: "" });
      } catch (error) {
        results.push({ name: `${file.split("/").at(-1)}: ${name}`, error: String(error) });
      }
    }
  }
  return results;
}
