// @ts-check
/** [data-select-branch] chooses an element of the network (and, with data-outage, an outage) for the whole page. */
import { onClick, tell } from "./page.js";

onClick("[data-select-branch]", (element) => {
  const { selectBranch = "", outage = "" } = element.dataset;
  if (!document.querySelector("[data-network-map]")) return; // on other pages it is a plain link to the map
  tell("tieline:select", { branch: Number(selectBranch), outage, from: "list" });
  element.closest("dialog")?.close();
});
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-select-branch]") : null;
  if (link && document.querySelector("[data-network-map]") && !event.ctrlKey && !event.metaKey) event.preventDefault();
});
