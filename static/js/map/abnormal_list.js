// @ts-check
/** The map's twin in words: every unusual element as a button, so that nothing on the canvas is only a picture. */
import { filled, gettext, number } from "../words.js";
import { KIND, STATE } from "./format.js";
import { stateWords } from "./network.js";
import { isSwitch } from "./symbols.js";

const MOST = 200;
/** @type {Record<number, string>} */
const KINDS = {
  [KIND.BREAKER]: gettext("Breaker"), [KIND.RECLOSER]: gettext("Recloser"), [KIND.FUSE]: gettext("Fuse"), [KIND.LOAD_BREAK]: gettext("Load-break switch"),
  [KIND.DISCONNECTOR]: gettext("Disconnector"), [KIND.SWITCH]: gettext("Switch"), [KIND.SERVICE]: gettext("Service transformer"),
  [KIND.TRANSFORMER]: gettext("Power transformer"), [KIND.SUBSTATION]: gettext("Substation"), 0: gettext("Line"),
};

/** @param {number} kind */
export const kindWord = (kind) => KINDS[kind] ?? gettext("Equipment");

/** @param {import("./network.js").Network} network */
function ranked(network) {
  /** @param {number} b */
  const weight = (b) => {
    const state = network.state[b], kind = network.kind(b);
    if (isSwitch(kind) && state & STATE.ABNORMAL) return 0;
    if (state & (STATE.BAD | STATE.TAGGED) || (state & STATE.SUPPLY) === STATE.EARTHED) return 1;
    return kind === KIND.SERVICE ? 2 : kind ? 3 : 4;
  };
  return [...network.unusual].map((b) => ({ b, w: weight(b) })).sort((x, y) => x.w - y.w || x.b - y.b).map(({ b }) => b);
}

/** @param {HTMLElement} list @param {import("./network.js").Network} network @param {(branch: number) => void} choose */
export function fillAbnormalList(list, network, choose) {
  const branches = ranked(network);
  const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement) ? document.activeElement.dataset.branch : null;
  const items = branches.slice(0, MOST).map((branch) => option(network, branch, choose));
  if (branches.length > MOST) items.push(line(filled(gettext("and %(more)s more: zoom in or use Find"), { more: number(branches.length - MOST) })));
  if (!branches.length) items.push(line(gettext("Nothing is out of the ordinary.")));
  list.replaceChildren(...items);
  if (focused) /** @type {HTMLElement | null} */ (list.querySelector(`[data-branch="${focused}"]`))?.focus();
}

/** @param {string} text */
function line(text) {
  const item = document.createElement("li");
  item.className = "muted map-list-note";
  item.textContent = text;
  return item;
}

/** @param {import("./network.js").Network} network @param {number} branch @param {(branch: number) => void} choose */
export function option(network, branch, choose) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const kind = network.kind(branch);
  button.type = "button";
  button.className = "option";
  button.dataset.branch = String(branch);
  const word = document.createElement("span");
  word.className = "kind";
  word.textContent = kindWord(kind);
  const name = document.createElement("b");
  name.textContent = network.name(branch);
  const state = document.createElement("span");
  state.className = "muted wide";
  state.textContent = stateWords(network.state[branch], isSwitch(kind));
  button.append(word, name, state);
  button.addEventListener("click", () => choose(branch));
  item.append(button);
  return item;
}
