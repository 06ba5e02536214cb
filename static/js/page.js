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

/** @returns {Htmx | undefined} */
export const htmx = () => /** @type {any} */ (window).htmx;

/** Fetches through htmx. What fails is told by requests.js; here it must not become an unhandled rejection. @param {string} verb @param {string} path @param {object} context */
export const ask = (verb, path, context) => void htmx()?.ajax(verb, path, context)?.catch(() => undefined);

/** @param {string} name @param {object} detail */
export function tell(name, detail) { document.body.dispatchEvent(new CustomEvent(name, { detail })); }
