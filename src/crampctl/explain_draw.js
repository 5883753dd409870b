/* SPDX-License-Identifier: MIT */
/* The night on a canvas: rows over time for each leg, and the overview above them. */

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
  let x = box.x + 5, y = box.y + 9;
  for (const [text, colour] of parts) {
    const width = pen.measureText(text).width;
    if (x + width > box.x + box.w && x > box.x + 5) {
      x = box.x + 5;
      y += 14;
    }
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
  const y = logScale(box, 0.5, ratioTop * 2.4); /* room for the words above */
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
  const most = Math.max(night.settings.decide_s * 1.3, ...have.high.filter((v) => v > 0)) * 1.3;
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
