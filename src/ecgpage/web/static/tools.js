// How the page is looked at: contrast, caliper, scale, theme.

import { measured } from "./caliper.js";
import { showAgreement } from "./agreement.js";
import { pick } from "./panel.js";
import { openQueue } from "./queue.js";
import { page, recall, remember, room, state } from "./state.js";

export function pressedButtons() {
  pick("caliper").setAttribute("aria-pressed", room.caliper.mode === "measure");
  pick("scale").setAttribute("aria-pressed", room.caliper.mode === "scale");
}

export function toggle(id, change) {
  const now = pick(id).getAttribute("aria-pressed") !== "true";
  pick(id).setAttribute("aria-pressed", now);
  change(now);
}

export function filter() {
  room.viewer.filter(pick("invert").getAttribute("aria-pressed") === "true", Number(pick("contrast").value));
}

export function contrast(by) {
  pick("contrast").value = Number(pick("contrast").value) + by;
  filter();
}

export function measureMode(mode) {
  room.caliper.setMode(room.caliper.mode === mode ? null : mode);
  pressedButtons();
  if (room.caliper.mode === "scale") room.panel.say("Two opposite corners of a 5 mm square: click, or arrows and Enter.");
  if (room.caliper.mode === "measure") room.panel.say(state.scale ? "Two points: click or drag, or arrows and Enter." : "Set the scale first (k) to read ms and mV.");
}

// The record's scale, else the one set on this page or on one of the same size.
export function findScale(known) {
  const size = room.viewer.size();
  const kept = JSON.parse(recall(scaleName(size)) || "null");
  state.scale = known?.px_per_mm || kept;
  state.scaleFrom = known?.px_per_mm ? "from the digitised record" : kept ? "set by hand on a page of this size" : "";
  if (known?.speed_mm_per_s) room.panel.choose("speed", known.speed_mm_per_s);
  if (known?.gain_mm_per_mv) room.panel.choose("gain", known.gain_mm_per_mv);
  room.panel.scale(state);
}

const scaleName = (size) => `scale.${state.session.dataset}.${size ? `${size.x}x${size.y}` : ""}`;

export function setScale(scale) {
  state.scale = scale;
  state.scaleFrom = "set by hand";
  remember(scaleName(room.viewer.size()), JSON.stringify(scale));
  room.panel.scale(state);
  room.caliper.setMode("measure");
  pressedButtons();
  room.panel.say(`Scale: ${scale.across.toFixed(2)} pixels a mm across, ${scale.down.toFixed(2)} down. Now measure.`);
}

export function showMeasure() {
  room.overlays.draw();
  const found = measured(room.caliper.points, state.scale, Number(pick("speed").value), Number(pick("gain").value));
  room.panel.reading(room.caliper.mode, room.caliper.points.length, found);
}

export function setBlind(blind) {
  if (state.session.blind_only) return;
  state.blind = blind;
  pick("blind").checked = blind;
  remember("blind", blind ? "yes" : "no");
  openQueue(state.queue, page()?.key ?? null);
}

export function changeTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  remember("theme", next);
}

export async function openAgreement() {
  if (!pick("agreement").open) pick("agreement").showModal();
  await showAgreement(pick("agreement-body"), pick("blind-only").checked).catch((error) => {
    pick("agreement-body").textContent = error.message;
  });
}
