/* SPDX-License-Identifier: MIT */
/* The night in words beside the drawing, and the start of it all. */

/* ---- the list ---- */

const NEAR = 0.5; /* of the evidence for a cramp: worth a look */
const weighty = (item) => ["cramp", "rise"].includes(item.kind) || item.near >= NEAR ||
  (item.kind === "unseen" && item.to_s - item.from_s >= 5);
const entryOf = (i) => $("item-" + i);
const FILTERS = [
  ["What matters", weighty],
  ["Everything", () => true],
  ["Cramps", (item) => item.kind === "cramp" || item.kind === "rise"],
  ["Not seen, faults", (item) => item.kind === "unseen" || item.kind === "fault"],
];

function mark(i) {
  chosen = i;
  if (entryOf(i).hidden)
    filter(1);
  for (const entry of $("items").children)
    entry.classList.toggle("chosen", entry === entryOf(i));
  /* Beside the drawing the list scrolls by itself. */
  const list = $("night"), entry = entryOf(i);
  const above = entry.offsetTop < list.scrollTop, below = entry.offsetTop + entry.offsetHeight > list.scrollTop + list.clientHeight;
  if (above || below)
    list.scrollTop = entry.offsetTop - 8;
  redraw();
}

function show(i) {
  const item = items[i], end = Math.max(item.to_s, item.at_s), margin = Math.max(8, (end - item.from_s) * 0.35);
  mark(i);
  look(item.from_s - margin, end + margin);
  $("readout").textContent = `${clock(item.from_s)} ${item.title}. ${item.text}`;
  if (matchMedia("(max-width: 60rem)").matches) /* the list is below the drawing */
    $("plot").scrollIntoView();
}

/* To the next or the one before of what the list shows. */
function step(by) {
  const middle = (view.from + view.to) / 2;
  const from = chosen >= 0 ? chosen : items.filter((item) => item.from_s < middle).length - (by > 0 ? 1 : 0);
  for (let i = from + by; i >= 0 && i < items.length; i += by)
    if (!entryOf(i).hidden)
      return show(i);
}

function filter(which) {
  [...$("filters").children].forEach((button, i) => button.setAttribute("aria-pressed", String(i === which)));
  items.forEach((item, i) => { entryOf(i).hidden = !FILTERS[which][1](item); });
}

function add(parent, tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className)
    element.className = className;
  parent.append(element);
  return element;
}

function fillList() {
  items.forEach((item, i) => {
    const entry = add($("items"), "li", "", item.kind + (item.kind === "dismissed" && weighty(item) ? " near" : ""));
    entry.id = "item-" + i;
    const button = add(entry, "button", "");
    button.type = "button";
    add(button, "span", clock(item.from_s), "when");
    button.append(item.title);
    button.addEventListener("click", () => show(i));
    add(entry, "p", item.text);
  });
  FILTERS.forEach(([name, wanted], i) => {
    const button = add($("filters"), "button", `${name} (${items.filter(wanted).length})`);
    button.type = "button";
    button.addEventListener("click", () => filter(i));
  });
  filter(items.length > 40 ? 0 : 1);
  if (!items.length)
    add($("items"), "li", "Nothing happened that was worth a word.");
}

function fillWords() {
  const day = night.start === null ? "no time of day in the recording: times count from its start"
    : `began ${new Date(night.start * 1000).toISOString().slice(0, 10)} ${clock(0)}, times as in the recording`;
  $("about").textContent = `${night.file}; ${day}; crampd ${night.crampd}`;
  $("summary").textContent = night.summary;
  document.title = `${night.file}: why did it (not) wake me?`;
  for (const [term, meaning] of LEGEND) {
    add($("legend"), "dt", term);
    add($("legend"), "dd", meaning);
  }
  const coarse = legs.filter((leg) => leg.coarse > 1).map((leg) =>
    `${leg.leg} leg: every 0.1 s ${leg.kept ? "around " + leg.kept : "nowhere"}, elsewhere the least and the most of ` +
    `${(leg.coarse * FRAME).toFixed(1)} s`);
  $("drawn").textContent = coarse.length ? `Drawn from ${coarse.join("; ")}. States, faults and gaps are exact to 0.1 s. ` +
    "crampctl explain --from --to draws a part more finely." : "Everything is drawn from every 0.1 s.";
}

function start() {
  fillWords();
  fillList();
  $("all").addEventListener("click", () => look(first, last));
  $("in").addEventListener("click", () => zoom(0.5));
  $("out").addEventListener("click", () => zoom(2));
  $("earlier").addEventListener("click", () => move(-0.4));
  $("later").addEventListener("click", () => move(0.4));
  listenToLanes();
  listenToOverview();
  listenToWoke();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("resize", redraw);
  /* Paper is light, and small: the drawing must not wait for the next screen refresh. */
  addEventListener("beforeprint", () => { document.documentElement.classList.add("print"); draw(); });
  addEventListener("afterprint", () => { document.documentElement.classList.remove("print"); draw(); });
  addEventListener("hashchange", showLinked);
  draw();
  showLinked();
}

/* page.html#i12 is the 13th item. */
function showLinked() {
  const linked = /^#i(\d+)$/.exec(location.hash);
  if (linked && Number(linked[1]) < items.length)
    show(Number(linked[1]));
}

start();
