// @ts-check
/**
 * What scripts say, in the language of the page. The catalogue is Django's (`javascript-catalog`, loaded before the scripts where the
 * utility speaks another language than these texts); `manage.py makemessages -d djangojs` gathers them.
 */

/** @typedef {{ gettext?: (text: string) => string, ngettext?: (one: string, many: string, n: number) => string }} Catalogue */
const catalogue = /** @type {Catalogue} */ (globalThis);

/** @param {string} text @returns {string} */
export const gettext = (text) => catalogue.gettext?.(text) ?? text;

/** @param {string} one @param {string} many @param {number} n @returns {string} */
export const ngettext = (one, many, n) => catalogue.ngettext?.(one, many, n) ?? (n === 1 ? one : many);

/** Values at their places: `filled("%(n)s left", { n: 3 })`. @param {string} text @param {Record<string, unknown>} values */
export const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));

/** A number with narrow spaces between thousands, as the server writes it. @param {number} n */
export const number = (n) => n.toLocaleString("en").replaceAll(",", "\u202f");
