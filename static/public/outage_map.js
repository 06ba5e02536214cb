// The public outage map: fetches two files that lie beside it, draws them, and says how old they are. No other request is made.

const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
const RADIUS = [0, 1.2, 1.8, 2.5, 3.3, 4.5]; // per cent of the map's width, by level of the band
const seen = { figures: null, ground: null, chosen: "", skew: 0 };

function element(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

function cell(row, label, text, kind = "td") {
  const made = document.createElement(kind);
  made.dataset.label = label;
  if (kind === "th") made.scope = "row";
  made.textContent = text;
  row.append(made);
  return made;
}

const time = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const when = (text) => time.format(new Date(text));
const date = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const day = (text) => date.format(new Date(text));
const bands = (text) => text.replace("-", "–");

async function read(name) {
  const answer = await fetch(name, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  const said = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isFinite(said)) seen.skew = said - Date.now(); // whose clock is wrong must not matter
  return answer.json();
}

async function renew() {
  try {
    seen.ground ??= await read("service_area.json");
    const before = seen.figures?.generated_at;
    seen.figures = await read("outages.json");
    if (seen.figures.generated_at !== before) draw();
    seen.isLost = false;
  } catch {
    seen.isLost = true;
  }
  tellAge();
}

function tellAge() {
  const figures = seen.figures;
  const banner = $("stale");
  if (!figures) {
    $("age").textContent = seen.isLost ? "" : "Loading …";
    banner.textContent = "No figures are to be had now. This page tries again by itself.";
    banner.hidden = !seen.isLost;
    return;
  }
  const seconds = Math.max(0, Math.round((Date.now() + seen.skew - Date.parse(figures.generated_at)) / 1000));
  const words = seconds < 90 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  $("age").textContent = `As of ${when(figures.generated_at)}, ${words} ago`;
  const isStale = seconds > 3 * figures.period_s + 60;
  if (isStale) banner.textContent = `These figures are ${words} old: supply may have come back, or failed, since.`;
  banner.hidden = !isStale;
}

function chosenOutages() {
  const area = $("area").value;
  const withPlanned = $("planned").checked;
  return seen.figures.outages.filter((one) => (!area || one.area === area) && (withPlanned || !one.is_planned));
}

function announcedWork() {
  const area = $("area").value;
  return $("planned").checked ? (seen.figures.announced ?? []).filter((one) => !area || one.area === area) : [];
}

function draw() {
  const { summary, areas, smallest } = seen.figures;
  $("sum-outages").textContent = summary.outages;
  $("sum-customers").textContent = bands(summary.customers);
  $("sum-planned").textContent = summary.planned;
  $("small-note").textContent = smallest > 1 ? `Outages of fewer than ${smallest} customers are only counted, area by area.` : "";
  drawAreas(areas);
  const shown = chosenOutages();
  drawList(shown);
  const announced = announcedWork();
  drawAnnounced(announced);
  drawMap(shown, announced);
}

function drawAreas(areas) {
  const select = $("area");
  const wanted = select.value;
  select.replaceChildren(new Option("All areas", ""), ...areas.map((one) => new Option(one.name, one.name)));
  select.value = areas.some((one) => one.name === wanted) ? wanted : "";
  $("areas").tBodies[0].replaceChildren(...areas.map((one) => {
    const row = document.createElement("tr");
    cell(row, "Area", one.name, "th");
    cell(row, "Outages", one.outages);
    cell(row, "Small ones, not on the map", one.small);
    cell(row, "Customers", bands(one.customers));
    return row;
  }));
}

function drawAnnounced(announced) {
  $("no-announced").hidden = announced.length > 0;
  $("announced").hidden = announced.length === 0;
  $("announced").tBodies[0].replaceChildren(...announced.map((one) => {
    const row = document.createElement("tr");
    row.dataset.id = one.id;
    cell(row, "Area", one.area, "th");
    cell(row, "Customers", bands(one.customers));
    cell(row, "From", day(one.begins_at));
    cell(row, "Until", day(one.ends_at));
    return row;
  }));
}

function drawList(shown) {
  $("none").hidden = shown.length > 0;
  $("outages").hidden = shown.length === 0;
  $("outages").tBodies[0].replaceChildren(...shown.map(listRow));
}

function listRow(one) {
  const row = document.createElement("tr");
  row.dataset.id = one.id;
  row.classList.toggle("is-chosen", one.id === seen.chosen);
  const name = cell(row, "Area", one.place ? "" : one.area);
  if (one.place) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = one.area;
    button.setAttribute("aria-label", `${one.area}: show on the map`);
    button.addEventListener("click", () => choose(one.id));
    name.append(button);
  }
  cell(row, "Customers", bands(one.customers));
  cell(row, "Since", when(one.started_at));
  const back = cell(row, "Expected back", one.etr_at ? when(one.etr_at) : "Not known yet");
  if (one.etr_by) {
    const by = document.createElement("span");
    by.className = "by";
    by.textContent = one.etr_by === "estimate" ? "estimated" : `said by the ${one.etr_by}`;
    back.append(by);
  }
  const state = cell(row, "State", one.status);
  if (one.is_planned) {
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = "planned";
    state.append(" ", tag);
  }
  cell(row, "Cause", one.cause || "Not known yet");
  return row;
}

// The network most outages are in, or the first: each has coordinates of its own.
function shownNetwork(shown) {
  const networks = seen.ground?.networks ?? [];
  const counted = networks.map((one) => shown.filter((outage) => outage.network === one.network).length);
  return networks[Math.max(0, counted.indexOf(Math.max(...counted, 0)))];
}

function drawMap(shown, announced) {
  const map = $("map");
  map.replaceChildren();
  const network = shownNetwork([...shown, ...announced]);
  if (!network) return;
  const [width, height] = network.size;
  const placed = [...announced, ...shown].filter((one) => one.place && one.network === network.network);
  const known = [...network.cells, ...placed.map((one) => [Math.floor(one.place[0] / width), Math.floor(one.place[1] / height)])];
  if (known.length === 0) return;
  const columns = known.map((one) => one[0]);
  const rows = known.map((one) => one[1]);
  const low = { x: columns.reduce((a, b) => Math.min(a, b)), y: rows.reduce((a, b) => Math.min(a, b)) };
  const high = { x: columns.reduce((a, b) => Math.max(a, b)) + 1, y: rows.reduce((a, b) => Math.max(a, b)) + 1 };
  const span = Math.max(high.x - low.x, high.y - low.y);
  const scale = 90 / span;
  const x = (place) => 5 + (place / width - low.x) * scale + ((span - (high.x - low.x)) * scale) / 2;
  const y = (place) => 95 - (place / height - low.y) * scale - ((span - (high.y - low.y)) * scale) / 2;
  const ground = network.cells.map(([i, j]) => `M${x(i * width).toFixed(2)} ${y((j + 1) * height).toFixed(2)}h${scale.toFixed(2)}v${scale.toFixed(2)}h-${scale.toFixed(2)}z`);
  element("path", { class: "ground", d: ground.join("") }, map);
  for (const one of placed) mark(map, one, x(one.place[0]), y(one.place[1]));
}

function mark(map, one, x, y) {
  const r = RADIUS[one.level];
  const chosen = one.id === seen.chosen ? " is-chosen" : "";
  const made = one.is_planned || one.begins_at
    ? element("rect", { class: `mark planned${one.begins_at ? " announced" : ""}${chosen}`, x: x - r, y: y - r, width: 2 * r, height: 2 * r }, map)
    : element("circle", { class: `mark${chosen}`, cx: x, cy: y, r }, map);
  const ahead = one.begins_at ? `, planned work from ${day(one.begins_at)} until ${day(one.ends_at)}` : "";
  element("title", {}, made, `${one.area}: ${bands(one.customers)} customers${ahead}`);
  if (ahead) return;
  made.addEventListener("click", () => {
    choose(one.id);
    document.querySelector(`tr[data-id="${one.id}"]`)?.scrollIntoView({ block: "nearest" });
  });
}

function choose(id) {
  seen.chosen = id === seen.chosen ? "" : id;
  draw();
  document.querySelector(`tr[data-id="${id}"] button`)?.focus({ preventScroll: true });
}

$("area").addEventListener("change", draw);
$("planned").addEventListener("change", draw);
setInterval(tellAge, 1000);
setInterval(renew, 30_000);
renew();
