// What the pages do: theme, menu, copy buttons, tabs, boxes that scroll, search.
"use strict";

const root = document.body.dataset.root;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const one = (selector, within = document) => within.querySelector(selector);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// --- theme -------------------------------------------------------------------------------
const themeButton = one("button.theme");
function showTheme(name) {
  document.documentElement.dataset.theme = name;
  themeButton.setAttribute("aria-pressed", String(name === "dark"));
}
showTheme(document.documentElement.dataset.theme);
themeButton.addEventListener("click", () => {
  const name = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  showTheme(name);
  try {
    localStorage.setItem("theme", name);
  } catch {
    // the choice then lasts as long as the page
  }
});

// --- menu of chapters on small screens ------------------------------------------------------
const menuButton = one("button.menu");
function showMenu(open) {
  document.body.classList.toggle("menu-open", open);
  menuButton.setAttribute("aria-expanded", String(open));
}
menuButton.addEventListener("click", () => showMenu(!document.body.classList.contains("menu-open")));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("menu-open")) {
    showMenu(false);
    menuButton.focus();
  }
});
one('.sidebar [aria-current="page"]')?.scrollIntoView({ block: "nearest" });

// --- copy buttons ---------------------------------------------------------------------------
for (const pre of all("main pre")) {
  if (pre.classList.contains("output")) continue;
  const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", async () => {
    const text = one("code", pre)?.textContent ?? pre.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(pre);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  const holder = pre.closest("div.sourceCode") ?? pre;
  const box = make("div", { className: "code" });
  holder.replaceWith(box);
  box.append(holder, button);
}

// --- tabs -----------------------------------------------------------------------------------
let tabsets = 0;
for (const set of all(".tabset")) {
  const panels = all(":scope > .tab", set);
  const number = ++tabsets;
  const list = make("div", { className: "tablist" });
  list.setAttribute("role", "tablist");
  const buttons = panels.map((panel, place) => {
    const title = one(":scope > .tab-title", panel);
    const button = make("button", {
      type: "button",
      id: `tab-${number}-${place}`,
      textContent: title.textContent,
    });
    button.setAttribute("role", "tab");
    panel.id ||= `tab-panel-${number}-${place}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", button.id);
    panel.tabIndex = 0;
    button.setAttribute("aria-controls", panel.id);
    return button;
  });
  const open = (chosen, focus = false) => {
    buttons.forEach((button, place) => {
      const selected = place === chosen;
      button.setAttribute("aria-selected", String(selected));
      button.tabIndex = selected ? 0 : -1;
      panels[place].classList.toggle("closed", !selected);
    });
    if (focus) buttons[chosen].focus();
    markScrolling();
  };
  buttons.forEach((button, place) => {
    button.addEventListener("click", () => open(place));
    button.addEventListener("keydown", (event) => {
      const last = buttons.length - 1;
      const moves = {
        ArrowRight: place === last ? 0 : place + 1,
        ArrowLeft: place === 0 ? last : place - 1,
        Home: 0,
        End: last,
      };
      if (!(event.key in moves)) return;
      event.preventDefault();
      open(moves[event.key], true);
    });
  });
  list.append(...buttons);
  set.prepend(list);
  set.openPanel = (panel) => open(panels.indexOf(panel));
  open(0);
}

// An anchor may lie in a closed tab or in folded code: open what holds it.
function revealTarget() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  if (!target) return;
  const panel = target.closest(".tab");
  panel?.parentElement.openPanel?.(panel);
  const details = target.closest("details");
  if (details) details.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", revealTarget);
revealTarget();

// --- definitions of terms, on hover and on focus ---------------------------------------------
const definition = make("div", { className: "definition", id: "definition", hidden: true });
definition.setAttribute("role", "tooltip");
if (one("a[data-definition]")) document.body.append(definition);
function showDefinition(link) {
  definition.textContent = link.dataset.definition;
  definition.hidden = false;
  link.setAttribute("aria-describedby", "definition");
  const box = link.getBoundingClientRect();
  const left = Math.min(box.left, document.documentElement.clientWidth - definition.offsetWidth - 16);
  definition.style.left = `${Math.max(16, left) + scrollX}px`;
  definition.style.top = `${box.bottom + scrollY + 6}px`;
}
function hideDefinition() {
  definition.hidden = true;
  one("[aria-describedby='definition']")?.removeAttribute("aria-describedby");
}
for (const link of all("a[data-definition]")) {
  link.addEventListener("mouseenter", () => showDefinition(link));
  link.addEventListener("focus", () => showDefinition(link));
  link.addEventListener("mouseleave", hideDefinition);
  link.addEventListener("blur", hideDefinition);
}
document.addEventListener("keydown", (event) => event.key === "Escape" && hideDefinition());

// --- boxes that scroll sideways can be reached by keyboard, and are named --------------------
function markScrolling() {
  all("main .scroll, main pre, main .equation").forEach((box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      const caption = box.closest("figure")?.querySelector("figcaption");
      if (caption?.id) box.setAttribute("aria-labelledby", caption.id);
      else box.setAttribute("aria-label", `Scrolls sideways: ${regionName(box)}`);
    } else if (box.getAttribute("role") === "region") {
      ["tabindex", "role", "aria-label", "aria-labelledby"].forEach((name) => box.removeAttribute(name));
    }
  });
}
function regionName(box) {
  const kind = box.matches("pre") ? "code" : box.matches(".equation") ? "formula" : "table";
  return `${kind} ${all("main .scroll, main pre, main .equation").indexOf(box) + 1}`;
}
markScrolling();
addEventListener("resize", markScrolling);
all("details").forEach((details) => details.addEventListener("toggle", markScrolling));

// --- the section being read, in the table of contents ----------------------------------------
const tocLinks = new Map(all(".toc a").map((link) => [link.hash.slice(1), link]));
if (tocLinks.size) {
  const headings = all("main h2[id], main h3[id]").filter((heading) => tocLinks.has(heading.id));
  const update = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 140);
    const current = tocLinks.get((passed.at(-1) ?? headings[0])?.id);
    tocLinks.forEach((link) => link.classList.toggle("here", link === current));
  };
  addEventListener("scroll", update, { passive: true });
  update();
}

// --- search ----------------------------------------------------------------------------------
const dialog = one("dialog.search");
const field = one("input", dialog);
const hits = one(".hits", dialog);
const status = one(".status", dialog);
let engine = null;

function load(name) {
  return new Promise((resolve, reject) => {
    const script = make("script", { src: `${root}assets/${name}`, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

async function openSearch() {
  if (dialog.open) return;
  showMenu(false);
  dialog.showModal();
  field.select();
  if (engine) return;
  try {
    await Promise.all([load("minisearch.js"), load("search-index.js")]);
    engine = new MiniSearch({
      fields: ["title", "text"],
      storeFields: ["url", "chapter", "title", "text"],
      searchOptions: { boost: { title: 3 }, prefix: true, fuzzy: 0.15, combineWith: "AND" },
    });
    engine.addAll(window.bookIndex);
    search();
  } catch {
    status.textContent = "The search index could not be loaded.";
  }
}

function excerpt(text, terms) {
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0);
  const start = Math.max(0, (places.length ? Math.min(...places) : 0) - 60);
  const piece = (start ? "… " : "") + text.slice(start, start + 180).trim() + (start + 180 < text.length ? " …" : "");
  const pattern = terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  if (!pattern) return [piece];
  return piece
    .split(new RegExp(`(${pattern})`, "gi"))
    .map((part, place) => (place % 2 ? make("mark", { textContent: part }) : part));
}

function search() {
  const query = field.value.trim();
  hits.replaceChildren();
  if (!engine || query.length < 2) {
    status.textContent = "";
    return;
  }
  const found = engine.search(query);
  status.textContent = found.length === 1 ? "1 section" : `${found.length} sections`;
  for (const hit of found.slice(0, 20)) {
    const link = make("a", { href: root + hit.url }, make("strong", { textContent: hit.title }));
    if (hit.chapter !== hit.title) link.append(make("span", { className: "of", textContent: hit.chapter }));
    link.append(make("span", { className: "excerpt" }, ...excerpt(hit.text, hit.terms)));
    link.addEventListener("click", () => dialog.close());
    hits.append(make("li", {}, link));
  }
}

one("button.find").addEventListener("click", openSearch);
one("button.close", dialog).addEventListener("click", () => dialog.close());
field.addEventListener("input", search);
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [field, ...all("a", hits)];
  const place = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  stops[Math.min(Math.max(place, 0), stops.length - 1)].focus();
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const wanted = (event.key === "/" && !typing) || (event.key === "k" && (event.ctrlKey || event.metaKey));
  if (!wanted || event.altKey) return;
  event.preventDefault();
  openSearch();
});
