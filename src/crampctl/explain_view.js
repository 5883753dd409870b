/* SPDX-License-Identifier: MIT */
/* What is shown of the night that is in the element #data (explain_page.c), and how its times and numbers are read.
   The scripts of the page are one, in the order explain_view, _draw, _hands, _list. Times are seconds since the
   recording's start. Text only ever goes into the page as text. */
"use strict";

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
