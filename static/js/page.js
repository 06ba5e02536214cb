// @ts-check
/** Small things several behaviours need: the element an event is about, whether someone is typing, htmx with its type. */

/** @typedef {{ ajax(verb: string, path: string, context: object): Promise<void>, process(element: Element): void, trigger(element: Element, name: string): void }} Htmx */

/** @param {Event} event @param {string} selector @returns {HTMLElement | null} */
export function about(event, selector) {
  const found = event.target instanceof Element ? event.target.closest(selector) : null;
  return found instanceof HTMLElement ? found : null;
}

/** @param {string} selector @param {(element: HTMLElement, event: MouseEvent) => void} act */
export function onClick(selector, act) {
  document.addEventListener("click", (event) => {
    const element = about(event, selector);
    if (element) act(element, event);
  });
}

/** @param {EventTarget | null} target */
export function isTyping(target) {
  return target instanceof HTMLElement && (target.matches("input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select") || target.isContentEditable);
}

/** @param {Element | null} element */
export function isVisible(element) {
  return element instanceof HTMLElement && element.checkVisibility({ visibilityProperty: true });
}

const MAY_FOCUS = "a[href], button, input, select, textarea, summary, [tabindex]";

/** What tells an element from others in the page, even once it is fetched again. @param {Element} element */
const wordsOf = (element) => [element.localName, element.id, element.getAttribute("name"), element.getAttribute("aria-label") ?? element.textContent?.trim()].join("|");

/** The words of what has the focus within this; empty where nothing there has it. @param {Element} root */
export function focusedWithin(root) {
  const focused = document.activeElement;
  return focused && focused !== document.body && root.contains(focused) ? wordsOf(focused) : "";
}

/** Gives the focus back to what has these words, if nothing else has it. @param {ParentNode} root @param {string} words */
export function focusAgain(root, words) {
  if (!words || (document.activeElement && document.activeElement !== document.body)) return;
  const again = [...root.querySelectorAll(MAY_FOCUS)].find((one) => wordsOf(one) === words);
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
}

/** @returns {Htmx | undefined} */
export const htmx = () => /** @type {any} */ (window).htmx;

/** Fetches through htmx. What fails is told by requests.js; here it must not become an unhandled rejection. @param {string} verb @param {string} path @param {object} context */
export const ask = (verb, path, context) => void htmx()?.ajax(verb, path, context)?.catch(() => undefined);

/** @param {string} name @param {object} detail */
export function tell(name, detail) { document.body.dispatchEvent(new CustomEvent(name, { detail })); }
