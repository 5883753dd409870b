/* SPDX-License-Identifier: MIT */
/* Draws the night that is in the element #data (explain_page.c) and lists it in words. Times are seconds since
   the recording's start. Text only ever goes into the page as text. */
"use strict";
(() => {
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const night = data.night, legs = data.legs, items = data.items;
const FRAME = 0.1, SHORTEST = 2; /* seconds that can be seen at once, at least */
const GUTTER = 38; /* left of the drawing, for numbers */

/* ---- words and times ---- */

const pad = (n) => String(n).padStart(2, "0");

/* Wall clock if the recording has one, else time since its start. */
function clock(t, precise) {
  const tenths = Math.round((night.start === null ? t : t + night.start % 86400) * 10);
  let s = Math.floor(tenths / 10);
  if (night.start !== null)
    s %= 86400;
  const text = `${pad(Math.floor(s / 3600))}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
  return (night.start === null ? "+" : "") + text + (precise ? "." + tenths % 10 : "");
}

const words = (name) => name.replaceAll("_", " ");

const STATES = {
  rising: "tension rises", suspect: "being judged", cramp: "cramp", easing: "cramp, easing",
  refractory: "just after a cramp", blind: "not seen",
};

const LEGEND = [
  ["Muscle activity", "The strength of the signal as a multiple of this leg's own resting level, on a scale where each line " +
    "is about twice the one before. 1 is rest. Above the dashed line it counts as activity. Red: called a cramp."],
  ["Evidence", "Seconds that speak for a cramp. Where the area reaches the line above it, it is called one. Activity that " +
    "pauses, or that something else explains, starts again or does not count."],
  ["State, gate", "What the detector was doing, and below it what kept time from counting as evidence."],
  ["Motion, posture", "How strongly the leg moved (1000 mg would be free fall), and how far it is turned from where it " +
    "first lay still, in degrees."],
  ["Resting level", "What counts as rest, in millionths of a volt; it is learnt and drifts."],
  ["Hatched", "Nothing could be seen there: not that nothing happened."],
  ["Bar along the top", "The reminder's motor or light was on."],
];

/* ---- what is shown ---- */

const first = night.from_s, last = Math.max(night.to_s, first + SHORTEST);
let view = {from: first, to: last};
let cursor = null; /* a time that is pointed at */
let chosen = -1;   /* an item */
let colours = {};

function look(from, to) {
  const span = Math.min(Math.max(to - from, SHORTEST), last - first);
  const start = Math.min(Math.max((from + to - span) / 2, first), last - span);
  view = {from: start, to: start + span};
  redraw();
}

const zoom = (factor, t = (view.from + view.to) / 2) => look(t - (t - view.from) * factor, t + (view.to - t) * factor);
const move = (share) => {
  const by = (view.to - view.from) * share;
  const clamped = Math.min(Math.max(by, first - view.from), last - view.to);
  look(view.from + clamped, view.to + clamped);
};

let pending = false;
function redraw() {
  if (pending)
    return;
  pending = true;
  requestAnimationFrame(() => { pending = false; draw(); });
}

/* ---- numbers out of the data ---- */

/* Least and most of a line for each pixel column. pick(piece): {hi, lo} of it. */
function columns(pieces, pick, scale, span, width) {
  const low = new Float64Array(width).fill(NaN), high = new Float64Array(width).fill(NaN);
  const perPixel = (span.to - span.from) / width;
  for (const piece of pieces) {
    if (piece.to * FRAME < span.from || piece.from * FRAME > span.to)
      continue;
    const {hi, lo = hi} = pick(piece), step = piece.each * FRAME;
    const begin = Math.max(0, Math.floor((span.from - piece.from * FRAME) / step));
    for (let i = begin; i < hi.length; i++) {
      const t = piece.from * FRAME + i * step;
      if (t > span.to)
        break;
      if (hi[i] === null)
        continue;
      const a = Math.max(0, Math.floor((t - span.from) / perPixel));
      const b = Math.min(width - 1, Math.floor((t + step - span.from) / perPixel));
      const most = hi[i] / scale, least = lo[i] / scale;
      for (let x = a; x <= b; x++) {
        if (!(high[x] >= most)) high[x] = most;
        if (!(low[x] <= least)) low[x] = least;
      }
    }
  }
  return {low, high};
}

function valueAt(pieces, pick, scale, t) {
  const piece = pieces.find((p) => t >= p.from * FRAME && t < p.to * FRAME);
  const value = piece && pick(piece).hi[Math.floor((t / FRAME - piece.from) / piece.each + 1e-6)];
  return value === undefined || value === null ? null : value / scale;
}

const runAt = (runs, t) => runs.find((r) => t >= r[0] * FRAME && t < r[1] * FRAME);

/* ---- drawing ---- */

/* A canvas of the size it has on the page, sharp on any screen. */
function prepare(canvas, height) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
  canvas.style.height = height + "px";
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "11px system-ui, 'DejaVu Sans', sans-serif";
  pen.textBaseline = "middle";
  return {pen, width};
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  colours = {};
  for (const name of ["text", "soft", "line", "grid", "card", "ch0", "ch1", "ch2", "ch3", "motion", "posture", "evidence",
                      "needed", "cramp", "rising", "suspect", "easing", "refractory", "blind", "gate", "reminder", "choice",
                      "tint"])
    colours[name] = style.getPropertyValue("--" + name).trim();
}

const channelColour = (k) => colours["ch" + k % 4];

/* A band from least to most, at least a line; holes stay holes. */
function drawColumns(pen, box, {low, high}, y, colour) {
  pen.fillStyle = colour;
  let before = null;
  for (let x = 0; x < high.length; x++) {
    if (Number.isNaN(high[x])) {
      before = null;
      continue;
    }
    let top = y(high[x]), bottom = y(low[x]);
    if (before) { /* join to the column before */
      top = Math.min(top, before.bottom);
      bottom = Math.max(bottom, before.top);
    }
    before = {top: y(high[x]), bottom: y(low[x])};
    pen.fillRect(box.x + x, Math.max(top - 0.7, box.y), 1, Math.min(Math.max(bottom - top, 0) + 1.4, box.y + box.h - top + 0.7));
  }
}

const logScale = (box, least, most) => (v) =>
  box.y + box.h * (1 - Math.log(Math.min(Math.max(v, least), most) / least) / Math.log(most / least));
const linearScale = (box, most) => (v) => box.y + box.h * (1 - Math.min(Math.max(v, 0), most) / most);

function drawGrid(pen, box, y, values, unit = "") {
  pen.textAlign = "right";
  for (const v of values) {
    pen.fillStyle = colours.grid;
    pen.fillRect(box.x, Math.round(y(v)), box.w, 1);
    pen.fillStyle = colours.soft;
    pen.fillText(v + unit, box.x - 4, y(v));
  }
  pen.textAlign = "left";
}

/* Words in the lane, on a ground that keeps them readable. */
function drawTitle(pen, box, parts) {
  let x = box.x + 5;
  const y = box.y + 9;
  for (const [text, colour] of parts) {
    const width = pen.measureText(text).width;
    pen.globalAlpha = 0.75;
    pen.fillStyle = colours.card;
    pen.fillRect(x - 2, y - 7, width + 4, 14);
    pen.globalAlpha = 1;
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
    x += width + 10;
  }
}

const xOf = (box, t) => box.x + box.w * (t - view.from) / (view.to - view.from);

/* Calls with the ends of each run that can be seen, in pixels, at least one wide. */
function eachRun(box, runs, call) {
  for (const [from, to, value] of runs) {
    if (to * FRAME <= view.from || from * FRAME >= view.to)
      continue;
    const a = Math.max(box.x, xOf(box, from * FRAME)), b = Math.min(box.x + box.w, xOf(box, to * FRAME));
    call(a, Math.max(b - a, 1), value);
  }
}

/* Black or white, whichever can be read on "#rrggbb". */
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return r * 0.3 + g * 0.59 + b * 0.11 > 140 ? "#000000" : "#ffffff";
}

function drawRibbon(pen, box, runs, colour, text) {
  eachRun(box, runs, (x, w, value) => {
    pen.fillStyle = colour(value);
    pen.fillRect(x, box.y, w, box.h);
    const label = text(value);
    if (pen.measureText(label).width + 6 < w) {
      pen.fillStyle = inkOn(colour(value));
      pen.fillText(label, x + 3, box.y + box.h / 2 + 0.5);
    }
  });
}

function hatch(pen, box, runs) {
  eachRun(box, runs, (x, w) => {
    pen.save();
    pen.beginPath();
    pen.rect(x, box.y, w, box.h);
    pen.clip();
    pen.globalAlpha = 0.16;
    pen.fillStyle = colours.blind;
    pen.fillRect(x, box.y, w, box.h);
    pen.globalAlpha = 0.6;
    pen.strokeStyle = colours.blind;
    pen.beginPath();
    for (let at = x - x % 8 - box.h; at < x + w; at += 8) {
      pen.moveTo(at, box.y + box.h);
      pen.lineTo(at + box.h, box.y);
    }
    pen.stroke();
    pen.restore();
  });
}

/* ---- the rows of a leg ---- */

const ratioTop = Math.max(50, ...legs.flatMap((leg) => leg.pieces.flatMap((piece) => piece.ratio.map(
  (line) => line.hi.reduce((most, v) => Math.max(most, v / 20), 0)))));

function laneActivity(pen, box, leg) {
  const y = logScale(box, 0.5, ratioTop * 1.3);
  drawGrid(pen, box, y, [1, 2, 5, 10, 20, 50, 100, 200, 500].filter((v) => v < ratioTop), "\u00d7");
  pen.save();
  pen.setLineDash([4, 4]);
  pen.strokeStyle = colours.soft;
  pen.beginPath();
  pen.moveTo(box.x, y(night.settings.onset_ratio));
  pen.lineTo(box.x + box.w, y(night.settings.onset_ratio));
  pen.stroke();
  pen.restore();
  leg.muscles.forEach((_, k) =>
    drawColumns(pen, box, columns(leg.pieces, (p) => p.ratio[k], 20, view, box.w), y, channelColour(k)));
  hatch(pen, box, leg.unseen);
  drawTitle(pen, box, [[`${leg.leg} leg: muscle activity, \u00d7 rest`, colours.text],
                       ...leg.muscles.map((muscle, k) => [words(muscle), channelColour(k)])]);
}

function laneEvidence(pen, box, leg) {
  const needed = columns(leg.pieces, (p) => p.needed, 10, view, box.w);
  const have = columns(leg.pieces, (p) => p.evidence, 10, view, box.w);
  const most = Math.max(night.settings.decide_s * 1.3, ...have.high.filter((v) => v > 0)) * 1.1;
  const y = linearScale(box, most);
  drawGrid(pen, box, y, [0, Math.round(night.settings.decide_s)], " s");
  pen.fillStyle = colours.evidence;
  for (let x = 0; x < box.w; x++) {
    if (have.high[x] > 0) {
      pen.globalAlpha = 0.75;
      pen.fillRect(box.x + x, y(have.high[x]), 1, box.y + box.h - y(have.high[x]));
    }
  }
  pen.globalAlpha = 1;
  pen.fillStyle = colours.needed;
  for (let x = 0; x < box.w; x++)
    if (needed.low[x] > 0 && needed.low[x] <= most)
      pen.fillRect(box.x + x, y(needed.low[x]) - 0.7, 1, 1.4);
  drawTitle(pen, box, [["evidence for a cramp", colours.evidence], ["needed", colours.needed]]);
}

function laneState(pen, box, leg) {
  const half = {...box, h: box.h / 2 - 1};
  drawRibbon(pen, half, leg.state, (state) => colours[state] || colours.soft, (state) => STATES[state] || words(state));
  drawRibbon(pen, {...half, y: box.y + box.h / 2}, leg.gate, () => colours.gate, (gate) => "not counted: " + words(gate));
  pen.fillStyle = colours.soft;
  pen.textAlign = "right";
  pen.fillText("state", box.x - 4, box.y + box.h / 4);
  pen.fillText("gate", box.x - 4, box.y + box.h * 3 / 4);
  pen.textAlign = "left";
}

function laneMotion(pen, box, leg) {
  const y = logScale(box, 1, 2000);
  drawGrid(pen, box, y, [10, 100, 1000]);
  drawColumns(pen, box, columns(leg.pieces, (p) => p.motion, 1, view, box.w), y, colours.motion);
  drawTitle(pen, box, [["motion, mg", colours.motion]]);
}

function lanePosture(pen, box, leg) {
  const y = linearScale(box, 180);
  drawGrid(pen, box, y, [0, 90], "\u00b0");
  drawColumns(pen, box, columns(leg.pieces, (p) => p.posture, 1, view, box.w), y, colours.posture);
  drawTitle(pen, box, [["posture", colours.posture]]);
}

function laneFloor(pen, box, leg) {
  const most = Math.max(1, ...leg.floor.uv.flatMap((line) => line.hi || line).map((v) => v / 100)) * 1.25;
  const y = linearScale(box, most);
  drawGrid(pen, box, y, [0, Number((most / 1.6).toPrecision(1))], "");
  leg.floor.uv.forEach((line, k) => {
    const piece = {from: leg.floor.from, to: leg.floor.from + line.length * leg.floor.each, each: leg.floor.each};
    drawColumns(pen, box, columns([piece], () => ({hi: line}), 100, view, box.w), y, channelColour(k));
  });
  drawTitle(pen, box, [["resting level, \u00b5V", colours.soft]]);
}

function laneFaults(pen, box, leg) {
  const h = box.h / leg.faults.length;
  leg.faults.forEach((runs, k) => drawRibbon(pen, {...box, y: box.y + k * h, h: h - 1}, runs, () => colours.blind,
    (fault) => words(fault) + (leg.faults.length > 1 ? ` (${words(leg.muscles[k])})` : "")));
  pen.fillStyle = colours.soft;
  pen.textAlign = "right";
  pen.fillText("faults", box.x - 4, box.y + box.h / 2);
  pen.textAlign = "left";
}

function lanesOf(leg) {
  const lanes = [[laneActivity, 150], [laneEvidence, 62], [laneState, 34]];
  if (leg.imu)
    lanes.push([laneMotion, 54], [lanePosture, 42]);
  lanes.push([laneFloor, 40]);
  if (leg.faults.some((runs) => runs.length))
    lanes.push([laneFaults, 14 * leg.faults.length]);
  return lanes;
}

const GAP = 7, AXIS = 28; /* below the rows of a leg, for times */

function tickStep(width) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  return steps.find((s) => s / (view.to - view.from) * width >= 76) || 28800;
}

/* Lines over the whole height, times below each leg. */
function drawAxis(pen, box, bottoms) {
  const step = tickStep(box.w), shift = night.start === null ? 0 : night.start % 86400;
  pen.textAlign = "center";
  for (let n = Math.ceil((view.from + shift) / step); n * step - shift <= view.to; n++) {
    const t = n * step - shift, x = xOf(box, t);
    pen.fillStyle = colours.grid;
    pen.fillRect(Math.round(x), 0, 1, box.h);
    pen.fillStyle = colours.soft;
    const text = clock(t, step < 1);
    const half = pen.measureText(text).width / 2;
    for (const y of bottoms)
      pen.fillText(step >= 60 ? text.slice(0, -3) : text, Math.min(Math.max(x, box.x + half), box.x + box.w - half), y + 6);
  }
  pen.textAlign = "left";
}

/* Cramps, the reminder and what is chosen, behind the rows of a leg. */
function drawTimes(pen, box, leg) {
  const tint = (a, b) => eachRun(box, [[a / FRAME, b / FRAME, 0]], (x, w) => {
    pen.globalAlpha = Number(colours.tint);
    pen.fillStyle = colours.cramp;
    pen.fillRect(x, box.y, w, box.h);
    pen.globalAlpha = 1;
  });
  items.forEach((item, i) => {
    if (item.leg !== undefined && item.leg !== leg.leg)
      return;
    if (item.kind === "cramp")
      tint(item.from_s, item.to_s);
    if (i === chosen)
      eachRun(box, [[item.from_s / FRAME, Math.max(item.to_s / FRAME, item.from_s / FRAME + 1), 0]], (x, w) => {
        pen.strokeStyle = colours.choice;
        pen.strokeRect(x - 1.5, box.y - 1.5, w + 3, box.h + 3);
      });
  });
}

function drawReminders(pen, box) {
  let since = null;
  const bar = (from, to) => eachRun(box, [[from / FRAME, to / FRAME, 0]], (x, w) => {
    pen.fillStyle = colours.reminder;
    pen.fillRect(x, box.y - 5, w, 4);
  });
  for (const event of data.events) {
    if (event.event === "reminder_start") since = event.t;
    if (event.event === "reminder_stop" && since !== null) { bar(since, event.t); since = null; }
  }
  if (since !== null)
    bar(since, last);
}

function drawLanes() {
  const heights = legs.map((leg) => lanesOf(leg).reduce((sum, [, h]) => sum + h + GAP, 0));
  const total = heights.reduce((sum, h) => sum + h + AXIS, 8);
  const {pen, width} = prepare($("lanes"), total);
  const all = {x: GUTTER, y: 0, w: Math.max(10, Math.floor(width - GUTTER - 4)), h: total};
  drawAxis(pen, all, heights.map((_, i) => 8 + heights.slice(0, i + 1).reduce((sum, h) => sum + h + AXIS, 0) - AXIS));
  let y = 8;
  legs.forEach((leg, i) => {
    const body = {...all, y, h: heights[i] - GAP};
    drawTimes(pen, body, leg);
    drawReminders(pen, body);
    for (const [lane, h] of lanesOf(leg)) {
      const box = {...all, y, h};
      lane(pen, box, leg);
      pen.strokeStyle = colours.line;
      pen.strokeRect(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1);
      y += h + GAP;
    }
    y += AXIS;
  });
  if (cursor !== null && cursor >= view.from && cursor <= view.to) {
    pen.fillStyle = colours.choice;
    pen.fillRect(xOf(all, cursor) - 0.5, 0, 1, total);
  }
}

const KIND_COLOUR = {cramp: "cramp", rise: "rising", unseen: "blind", fault: "blind", dismissed: "suspect"};

function drawOverview() {
  const {pen, width} = prepare($("overview"), 44), whole = {from: first, to: last};
  const box = {x: GUTTER, y: 2, w: Math.max(10, Math.floor(width - GUTTER - 4)), h: 32};
  const y = logScale(box, 0.8, ratioTop * 1.3);
  const at = (t) => box.x + box.w * (t - first) / (last - first);
  for (const leg of legs)
    leg.muscles.forEach((_, k) => drawColumns(pen, box, columns(leg.pieces, (p) => p.ratio[k], 20, whole, box.w), y, colours.soft));
  for (const kind of ["dismissed", "fault", "unseen", "rise", "cramp"]) {
    for (const item of items) {
      if (item.kind !== kind)
        continue;
      pen.fillStyle = colours[KIND_COLOUR[kind]];
      const high = kind !== "dismissed";
      pen.fillRect(at(item.from_s), high ? 2 : 36, Math.max(at(item.to_s) - at(item.from_s), high ? 2 : 1), high ? 41 : 7);
    }
  }
  pen.fillStyle = colours.choice;
  pen.globalAlpha = 0.16;
  pen.fillRect(at(view.from), 0, Math.max(at(view.to) - at(view.from), 2), 44);
  pen.globalAlpha = 1;
  pen.strokeStyle = colours.choice;
  pen.strokeRect(at(view.from), 0.5, Math.max(at(view.to) - at(view.from), 2), 43);
}

function draw() {
  readColours();
  drawOverview();
  drawLanes();
  $("range").textContent = `${clock(view.from)} \u2013 ${clock(view.to)}`;
}

/* ---- reading ---- */

function sentence(leg, t) {
  const unseen = runAt(leg.unseen, t), state = runAt(leg.state, t), gate = runAt(leg.gate, t);
  const parts = [];
  leg.muscles.forEach((muscle, k) => {
    const ratio = valueAt(leg.pieces, (p) => p.ratio[k], 20, t);
    parts.push(`${words(muscle)} ` + (ratio === null ? "not known" : `${ratio.toFixed(1)} \u00d7 rest`));
  });
  if (unseen)
    parts.push(`not seen (${words(unseen[2]) || "signal just back"})`);
  if (leg.imu) {
    const motion = valueAt(leg.pieces, (p) => p.motion, 1, t);
    parts.push(motion === null ? "motion not known" : `motion ${motion} mg`);
    const posture = valueAt(leg.pieces, (p) => p.posture, 1, t);
    if (posture !== null)
      parts.push(`posture ${posture}\u00b0`);
  }
  const needed = valueAt(leg.pieces, (p) => p.needed, 10, t), have = valueAt(leg.pieces, (p) => p.evidence, 10, t);
  if (needed)
    parts.push(`evidence ${have.toFixed(1)} of ${needed.toFixed(1)} s`);
  if (gate)
    parts.push(`not counted: ${words(gate[2])}`);
  if (state && state[2] !== "blind")
    parts.push(STATES[state[2]] || words(state[2]));
  return `${leg.leg}: ${parts.join(", ")}`;
}

function readOut(t) {
  cursor = Math.min(Math.max(t, first), last - FRAME / 2);
  $("readout").textContent = `${clock(cursor, true)}  ` + legs.map((leg) => sentence(leg, cursor)).join("; ") + ".";
  redraw();
}

/* ---- hands ---- */

function timeAt(event) {
  const box = $("lanes").getBoundingClientRect();
  return view.from + (event.clientX - box.left - GUTTER) / (box.width - GUTTER - 4) * (view.to - view.from);
}

function listenToLanes() {
  const canvas = $("lanes"), touching = new Map();
  let held = null; /* {x, distance, view} when the fingers came down */
  const spread = () => {
    const xs = [...touching.values()].map((e) => e.clientX);
    return {x: xs.reduce((a, b) => a + b, 0) / xs.length, distance: Math.max(40, Math.max(...xs) - Math.min(...xs))};
  };
  const grip = () => { held = touching.size ? {...spread(), view: {...view}} : null; };
  canvas.addEventListener("pointerdown", (event) => {
    touching.set(event.pointerId, event);
    canvas.setPointerCapture(event.pointerId);
    grip();
    readOut(timeAt(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!touching.has(event.pointerId)) {
      readOut(timeAt(event));
      return;
    }
    touching.set(event.pointerId, event);
    canvas.classList.add("dragged");
    const now = spread(), width = canvas.clientWidth - GUTTER - 4;
    const factor = touching.size > 1 ? held.distance / now.distance : 1;
    const span = Math.min(Math.max((held.view.to - held.view.from) * factor, SHORTEST), last - first);
    const left = canvas.getBoundingClientRect().left + GUTTER;
    const grabbed = held.view.from + (held.x - left) / width * (held.view.to - held.view.from);
    const from = Math.min(Math.max(grabbed - (now.x - left) / width * span, first), last - span);
    look(from, from + span);
  });
  for (const kind of ["pointerup", "pointercancel"])
    canvas.addEventListener(kind, (event) => {
      touching.delete(event.pointerId);
      canvas.classList.remove("dragged");
      grip();
    });
  canvas.addEventListener("dblclick", (event) => zoom(event.shiftKey ? 2 : 0.4, timeAt(event)));
  canvas.addEventListener("wheel", (event) => {
    /* A plain wheel scrolls the page, which may be higher than the screen. */
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 200), timeAt(event));
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      event.preventDefault();
      move(sideways / canvas.clientWidth);
    }
  }, {passive: false});
  canvas.addEventListener("keydown", (event) => {
    const keys = {ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), PageUp: () => move(-0.9), PageDown: () => move(0.9),
                  "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), Home: () => look(first, last),
                  n: () => step(1), p: () => step(-1)};
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey)
      return;
    event.preventDefault();
    keys[event.key]();
    if (!"np".includes(event.key))
      readOut((view.from + view.to) / 2);
  });
}

function listenToOverview() {
  const canvas = $("overview");
  const go = (event) => {
    const box = canvas.getBoundingClientRect(), half = (view.to - view.from) / 2;
    const t = first + (event.clientX - box.left - GUTTER) / (box.width - GUTTER - 4) * (last - first);
    look(t - half, t + half);
  };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); go(event); });
  canvas.addEventListener("pointermove", (event) => { if (event.buttons) go(event); });
}

/* The time of day somebody remembers, on whichever day of the recording it was. */
function listenToWoke() {
  if (night.start === null)
    return;
  $("woke").hidden = false;
  $("at").addEventListener("change", () => {
    const [hours, minutes] = $("at").value.split(":").map(Number);
    const t = ((hours * 60 + minutes) * 60 - night.start % 86400 + 86400) % 86400;
    if (!(t >= first && t <= last)) {
      $("readout").textContent = "Nothing was recorded at that time.";
      return;
    }
    look(t - 300, t + 300);
    readOut(t);
    const near = items.reduce((best, item, i) =>
      best < 0 || Math.abs(item.from_s - t) < Math.abs(items[best].from_s - t) ? i : best, -1);
    if (near >= 0)
      mark(near);
  });
}

/* ---- the list ---- */

const NEAR = 0.5; /* of the evidence for a cramp: worth a look */
const weighty = (item) => ["cramp", "rise", "unseen"].includes(item.kind) || item.near >= NEAR;
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
  if (matchMedia("(max-width: 60rem)").matches) /* the list is below the drawing */
    $("plot").scrollIntoView();
}

/* To the next or the one before of what the list shows. */
function step(by) {
  for (let i = chosen < 0 && by < 0 ? items.length - 1 : chosen + by; i >= 0 && i < items.length; i += by)
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
})();
