/* SPDX-License-Identifier: MIT */
/* Mouse, fingers, keys; and what is under the pointer in words. */

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
