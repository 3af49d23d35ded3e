// The explorer: a map that zooms, a table of labels and a series, linked by one chosen label.
"use strict";
const DATA = JSON.parse(document.getElementById("data").textContent);
const SPACE = "http://www.w3.org/2000/svg";
const dark = matchMedia("(prefers-color-scheme: dark)");
const lighter = { mainstream: "#56b4e9", trendy: "#e0b03c", edgy: "#f08a4b", unknown: "#98a2ae" };
const colour = (band) => (dark.matches ? lighter[band] : DATA.colours[band]) ?? "#6e7781";
const one = (id) => document.getElementById(id);
const labels = DATA.points.filter((point) => point.type);
const bands = DATA.points.filter((point) => !point.type);
const state = { chosen: "", type: "", style: "", query: "", band: "", view: null };

function draw(tag, attributes, text) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
function options(select, names) {
  for (const name of names) select.append(new Option(name.replaceAll("_", " "), name));
}
function percent(share) {
  return `${Math.round(100 * share)} %`;
}

// --- map ---------------------------------------------------------------------------------
const WIDE = 800, HIGH = 560, RIM = 36;
const spanX = [Math.min(0, ...DATA.points.map((p) => p.x)), Math.max(0, ...DATA.points.map((p) => p.x))];
const spanY = [Math.min(0, ...DATA.points.map((p) => p.y)), Math.max(0, ...DATA.points.map((p) => p.y))];
const whole = () => ({ zoom: 1, x: (spanX[0] + spanX[1]) / 2, y: (spanY[0] + spanY[1]) / 2 });
const scale = Math.min((WIDE - 2 * RIM) / (spanX[1] - spanX[0] || 1), (HIGH - 2 * RIM) / (spanY[1] - spanY[0] || 1));
const toX = (x) => WIDE / 2 + (x - state.view.x) * scale * state.view.zoom;
const toY = (y) => HIGH / 2 - (y - state.view.y) * scale * state.view.zoom;
const visible = (point) => !state.type || point.type === state.type;

function drawMap() {
  const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, "aria-hidden": "true" });
  svg.append(
    draw("line", { class: "axis", x1: toX(0), x2: toX(0), y1: 0, y2: HIGH }),
    draw("line", { class: "axis", x1: 0, x2: WIDE, y1: toY(0), y2: toY(0) }),
  );
  for (const [name, outline] of Object.entries(DATA.ellipses)) {
    const points = outline.map(([x, y]) => `${toX(x)},${toY(y)}`).join(" ");
    svg.append(draw("polygon", { points, fill: colour(name), "fill-opacity": 0.2, stroke: colour(name) }));
  }
  const styled = new Set(DATA.styles[state.style] ?? []);
  const named = [];
  for (const point of labels) {
    if (!visible(point)) continue;
    const chosen = point.id === state.chosen;
    const of = styled.has(point.id);
    const circle = draw("circle", { cx: toX(point.x), cy: toY(point.y), r: chosen ? 7 : of ? 6 : 4, "data-id": point.id });
    if (chosen) circle.classList.add("chosen");
    if (of) circle.classList.add("styled");
    else if (styled.size && !chosen) circle.classList.add("faint");
    circle.append(draw("title", {}, point.name));
    svg.append(circle);
    named.push({ point, rank: chosen ? 9 : of ? 5 : (point.w ?? 0) });
  }
  const taken = [[0, 0, 190, 20], [WIDE - 180, HIGH - 24, WIDE, HIGH]];
  svg.append(
    draw("text", { class: "tick", x: WIDE - 8, y: HIGH - 8, "text-anchor": "end" }, `first axis, ${percent(DATA.inertia[0])} of inertia`),
    draw("text", { class: "tick", x: 8, y: 16 }, `second axis, ${percent(DATA.inertia[1])} of inertia`),
  );
  for (const band of bands) {
    svg.append(draw("circle", { cx: toX(band.x), cy: toY(band.y), r: 7 }));
    svg.lastChild.style.fill = colour(band.name);
    write(svg, taken, band, "band", colour(band.name));
  }
  named.sort((a, b) => b.rank - a.rank);
  for (const { point } of named) write(svg, taken, point, "", "");
  one("map").replaceChildren(svg);
}

// A name goes to the first free side of its point, or nowhere.
function write(svg, taken, point, kind, fill) {
  const size = kind ? 7.6 : 6.2, high = kind ? 15 : 12;
  const width = point.name.length * size, x = toX(point.x), y = toY(point.y);
  for (const [left, base] of [[x + 9, y + 4], [x - 9 - width, y + 4], [x - width / 2, y - 9], [x - width / 2, y + 18]]) {
    const box = [left, base - high, left + width, base + 3];
    if (box[0] < 0 || box[1] < 0 || box[2] > WIDE || box[3] > HIGH) continue;
    if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
    taken.push(box);
    const text = draw("text", { x: left, y: base, class: kind }, point.name);
    if (fill) text.style.fill = fill;
    svg.append(text);
    return;
  }
}

function zoom(factor, at) {
  const view = state.view;
  const next = Math.min(40, Math.max(1, view.zoom * factor));
  if (at) {
    const share = 1 - view.zoom / next;
    view.x += (at.x - view.x) * share;
    view.y += (at.y - view.y) * share;
  }
  view.zoom = next;
  if (next === 1) state.view = whole();
  drawMap();
}
function place(event) {
  const box = one("map").getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * WIDE, y = ((event.clientY - box.top) / box.height) * HIGH;
  return { x: state.view.x + (x - WIDE / 2) / (scale * state.view.zoom), y: state.view.y - (y - HIGH / 2) / (scale * state.view.zoom) };
}
function move(x, y) {
  state.view.x += x / (scale * state.view.zoom);
  state.view.y -= y / (scale * state.view.zoom);
  drawMap();
}
const map = one("map");
map.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.25 : 0.8, place(event)); }, { passive: false });
let held = null;
map.addEventListener("pointerdown", (event) => (held = { x: event.clientX, y: event.clientY, moved: false, id: event.target.dataset?.id }));
addEventListener("pointermove", (event) => {
  if (!held) return;
  const ratio = WIDE / map.clientWidth, x = event.clientX - held.x, y = event.clientY - held.y;
  if (Math.abs(x) + Math.abs(y) < 4 && !held.moved) return;
  held = { ...held, x: event.clientX, y: event.clientY, moved: true };
  move(-x * ratio, -y * ratio);
});
addEventListener("pointerup", () => {
  if (held && !held.moved && held.id) choose(held.id);
  held = null;
});
map.addEventListener("mouseover", (event) => event.target.dataset?.id && tell(event.target.dataset.id));
map.addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
  if (event.key in moves) move(...moves[event.key]);
  else if (event.key === "+" || event.key === "=") zoom(1.4);
  else if (event.key === "-") zoom(1 / 1.4);
  else if (event.key === "0") { state.view = whole(); drawMap(); }
  else return;
  event.preventDefault();
});
one("closer").addEventListener("click", () => zoom(1.4));
one("farther").addEventListener("click", () => zoom(1 / 1.4));
one("whole").addEventListener("click", () => { state.view = whole(); drawMap(); });

// --- labels --------------------------------------------------------------------------------
function lift(id, band) {
  return DATA.lifts[id]?.[band];
}
function tell(id) {
  const point = labels.find((label) => label.id === id);
  if (!point) return;
  const parts = Object.entries(DATA.lifts[id] ?? {}).map(([band, [value, low, high]]) => `${band} ${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`);
  one("told").textContent = `${point.name}, ${point.type.replaceAll("_", " ")}: ${parts.length ? `lift ${parts.join("; ")}` : "too rare for a lift"}.`;
}
function choose(id) {
  state.chosen = id;
  const point = labels.find((label) => label.id === id);
  tell(id);
  const bare = id.split("/").pop();
  const trend = DATA.trends.lines.find((line) => line.labels.includes(bare) || line.name === bare);
  if (trend) { one("trend").value = trend.name; drawSeries(); }
  if (point && (Math.abs(toX(point.x) - WIDE / 2) > WIDE / 2 || Math.abs(toY(point.y) - HIGH / 2) > HIGH / 2)) Object.assign(state.view, { x: point.x, y: point.y });
  drawMap();
  for (const row of document.querySelectorAll("tbody tr")) {
    row.classList.toggle("chosen", row.dataset.id === id);
    row.querySelector("button").setAttribute("aria-pressed", String(row.dataset.id === id));
  }
}
function drawLabels() {
  const wanted = state.query.trim().toLowerCase();
  const styled = new Set(DATA.styles[state.style] ?? []);
  const found = labels.filter((point) => visible(point) && point.name.toLowerCase().includes(wanted) && (!styled.size || styled.has(point.id)));
  found.sort((a, b) => (lift(b.id, state.band)?.[0] ?? -1) - (lift(a.id, state.band)?.[0] ?? -1));
  document.querySelector("tbody").replaceChildren(...found.map((point) => {
    const row = document.createElement("tr");
    row.dataset.id = point.id;
    const name = row.insertCell();
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: point.name });
    button.setAttribute("aria-pressed", String(point.id === state.chosen));
    button.addEventListener("click", () => choose(point.id));
    button.addEventListener("focus", () => tell(point.id));
    name.append(button);
    const numbers = lift(point.id, state.band);
    for (const text of numbers ? [numbers[0].toFixed(2), `${numbers[1].toFixed(2)} to ${numbers[2].toFixed(2)}`] : ["–", "–"]) {
      const cell = row.insertCell();
      cell.className = "number";
      cell.textContent = text;
    }
    row.classList.toggle("chosen", point.id === state.chosen);
    return row;
  }));
  one("counted").textContent = `${found.length} of ${labels.length} labels, by lift.`;
}

// --- series --------------------------------------------------------------------------------
function drawSeries() {
  const line = DATA.trends.lines.find((trend) => trend.name === one("trend").value);
  if (!line) {
    one("series").textContent = "No series in this source.";
    return;
  }
  const wide = 1200, high = 300, left = 46, bottom = 26, weeks = DATA.trends.weeks;
  const values = Object.values(line.bands).flat().filter(Boolean).map((week) => week[2]).sort((a, b) => a - b);
  const top = values[Math.floor(0.98 * (values.length - 1))] * 1.08 || 1;
  const x = (week) => left + ((wide - left - 8) * week) / Math.max(1, weeks.length - 1);
  const y = (value) => (high - bottom) * (1 - Math.min(value, top) / top) + 4;
  const svg = draw("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": `Visibility of ${line.name} by week for ${Object.keys(line.bands).join(", ")}` });
  for (let step = 0; step <= 4; step++) {
    const value = (top * step) / 4;
    svg.append(draw("line", { class: "axis", x1: left, x2: wide, y1: y(value), y2: y(value) }), draw("text", { class: "tick", x: left - 6, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(top < 4 ? 1 : 0)));
  }
  weeks.forEach((week, index) => {
    if (index && week.slice(0, 4) !== weeks[index - 1].slice(0, 4)) svg.append(draw("line", { class: "axis", x1: x(index), x2: x(index), y1: 0, y2: high - bottom }), draw("text", { class: "tick", x: x(index) + (index > weeks.length - 5 ? -4 : 4), y: high - 6, "text-anchor": index > weeks.length - 5 ? "end" : "start" }, week.slice(0, 4)));
  });
  for (const [band, found] of Object.entries(line.bands)) {
    const there = found.map((week, index) => week && [index, ...week]).filter(Boolean);
    const upper = there.map(([index, , , up]) => `${x(index)},${y(up)}`), lower = there.map(([index, , low]) => `${x(index)},${y(low)}`).reverse();
    svg.append(
      draw("polygon", { points: [...upper, ...lower].join(" "), fill: colour(band), "fill-opacity": 0.16 }),
      draw("polyline", { points: there.map(([index, value]) => `${x(index)},${y(value)}`).join(" "), fill: "none", stroke: colour(band), "stroke-width": 1.8 }),
    );
  }
  one("series").replaceChildren(svg);
  one("legend").replaceChildren(...Object.keys(line.bands).map((band) => {
    const name = Object.assign(document.createElement("span"), { textContent: band });
    name.style.color = colour(band);
    return name;
  }));
  one("reading").textContent = `Items per hundred labelled images, with 95 % intervals clustered by author${line.labels.length ? `; items that carry ${line.labels.join(" and ")}` : ""}.`;
}

// --- controls ------------------------------------------------------------------------------
options(one("type"), [...new Set(labels.map((point) => point.type))].sort());
options(one("style"), Object.keys(DATA.styles));
options(one("band"), bands.map((band) => band.name));
options(one("trend"), DATA.trends.lines.map((line) => line.name));
if (bands.some((band) => band.name === "edgy")) one("band").value = "edgy";
state.band = one("band").value;
state.view = whole();
const follow = (name) => (event) => { state[name] = event.target.value; drawMap(); drawLabels(); };
for (const name of ["type", "style", "band"]) one(name).addEventListener("change", follow(name));
one("query").addEventListener("input", follow("query"));
one("trend").addEventListener("change", drawSeries);
const all = () => { drawMap(); drawLabels(); drawSeries(); };
dark.addEventListener("change", all);
all();
