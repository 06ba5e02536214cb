// @ts-check
/** [data-nav]: entries of the main bar that do not fit go, whole, into its menu "More", and come back when there is room. */

const row = document.querySelector("[data-nav]");
const bar = row?.querySelector(".nav");
const more = row?.querySelector("[data-nav-more]");
const sheet = more?.querySelector(".menu-sheet");

function fit() {
  if (!bar || !sheet || !(more instanceof HTMLElement)) return;
  const focused = document.activeElement;
  for (const entry of [...sheet.children]) entry.classList.remove("item");
  bar.append(...sheet.children);
  more.hidden = true;
  more.hidden = bar.scrollWidth <= bar.clientWidth;
  while (!more.hidden && bar.scrollWidth > bar.clientWidth && bar.lastElementChild) {
    bar.lastElementChild.classList.add("item");
    sheet.prepend(bar.lastElementChild);
  }
  for (const entry of sheet.children) entry.setAttribute("data-key-hidden", "");
  for (const entry of bar.children) entry.removeAttribute("data-key-hidden");
  if (focused instanceof HTMLElement && row?.contains(focused)) focused.focus();
}

if (row) new ResizeObserver(fit).observe(row);
