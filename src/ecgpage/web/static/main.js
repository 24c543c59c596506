// The labelling room: joins viewer, keys, panel and outbox, and begins.

import { enter, session } from "./api.js";
import { Caliper } from "./caliper.js";
import { askEntry } from "./entry.js";
import { FIXED, listen } from "./keys.js";
import { clear, keepDraft, label, told, undo } from "./labelling.js";
import { Outbox } from "./outbox.js";
import { Overlays } from "./overlays.js";
import { Panel, pick } from "./panel.js";
import { findPage, goTo, move, openQueue, showHistory, skip } from "./queue.js";
import { page, recall, room, state } from "./state.js";
import {
  changeTheme, contrast, filter, measureMode, openAgreement, pressedButtons, setBlind, setScale,
  showMeasure, toggle,
} from "./tools.js";
import { PageViewer } from "./viewer.js";

async function begin() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    history.replaceState(null, "", location.pathname);
    await enter(given).catch((error) => room.panel.say(error.message));
  }
  try {
    state.session = await session();
  } catch (error) {
    if (error.status !== 401) throw error;
    await askEntry({ token: true });
    state.session = await session();
  }
  room.panel.describe(state.session);
  state.blind = state.session.blind_only || recall("blind") === "yes";
  pick("blind").checked = state.blind;
  pick("blind").disabled = state.session.blind_only;
  if (state.session.masked_only) {
    pick("mask").disabled = true;
    pick("mask").setAttribute("aria-pressed", "true");
  }
  listen(state.session.classes, { act: (name) => acts[name]?.(), label, measure: (e) => room.caliper.key(e) });
  state.reader = state.session.reader || recall("reader") || "";
  if (!state.reader) await askEntry({});
  room.panel.reader(state.reader);
  const waiting = room.outbox.adopt();
  if (waiting) room.panel.say(`${waiting} labels from before are being saved.`);
  await outboxIdle();
  const offered = [...pick("queue").options].map((one) => one.value);
  const kept = sessionStorage.getItem("ecgpage.queue");
  await openQueue(offered.includes(kept) ? kept : state.session.queue);
}

function outboxIdle() {
  return new Promise((resolve) => {
    const look = () => (room.outbox.items.length === 0 ? resolve() : setTimeout(look, 50));
    look();
  });
}

const acts = {
  next: () => move(1),
  previous: () => move(-1),
  first: () => goTo(0),
  last: () => goTo(state.pages.length - 1),
  skip,
  undo,
  clear,
  blind: () => setBlind(!state.blind),
  note: () => pick("note").focus(),
  tags: () => pick("tags").focus(),
  closer: () => room.viewer.zoom(1.4),
  farther: () => room.viewer.zoom(1 / 1.4),
  panArrowLeft: () => room.viewer.pan(-80, 0),
  panArrowRight: () => room.viewer.pan(80, 0),
  panArrowUp: () => room.viewer.pan(0, -80),
  panArrowDown: () => room.viewer.pan(0, 80),
  fit: () => toggle("fit", (now) => { room.viewer.fitWidth = now; room.viewer.fit(); }),
  invert: () => toggle("invert", filter),
  paler: () => contrast(-20),
  bolder: () => contrast(20),
  caliper: () => measureMode("measure"),
  scale: () => measureMode("scale"),
  band: () => toggle("band", (now) => { room.overlays.band = now; room.overlays.draw(); }),
  traces: () => toggle("traces", (now) => {
    room.overlays.traces = now;
    room.overlays.draw();
    if (now && room.overlays.known && room.overlays.known.traces.length === 0) room.panel.say("No digitised record of this page was found.");
  }),
  mask: () => { if (!state.session.masked_only) toggle("mask", (now) => { room.viewer.setMask(now); goTo(state.at); }); },
  goto: () => { pick("goto").showModal(); pick("goto-text").select(); },
  agreement: openAgreement,
  theme: changeTheme,
  help: () => pick("help").showModal(),
  leave: () => { if (room.caliper.mode) { room.caliper.setMode(null); pressedButtons(); } },
};

function wire() {
  const buttons = {
    previous: "previous", next: "next", place: "goto", skip: "skip", undo: "undo", clear: "clear",
    "zoom-in": "closer", "zoom-out": "farther", fit: "fit", invert: "invert", caliper: "caliper",
    scale: "scale", band: "band", traces: "traces", mask: "mask", theme: "theme",
    "help-open": "help", "agreement-open": "agreement",
  };
  for (const [id, name] of Object.entries(buttons)) pick(id).addEventListener("click", () => acts[name]());
  pick("contrast").addEventListener("input", filter);
  pick("blind").addEventListener("change", () => setBlind(pick("blind").checked));
  pick("queue").addEventListener("change", () => { const name = pick("queue").value; pick("queue").blur(); openQueue(name); });
  for (const id of ["speed", "gain"]) pick(id).addEventListener("change", showMeasure);
  for (const id of ["note", "tags"]) {
    pick(id).addEventListener("input", () => { state.draft = page()?.key ?? null; });
    pick(id).addEventListener("blur", keepDraft);
  }
  pick("history").addEventListener("toggle", () => { if (pick("history").open && page()) showHistory(page()); });
  pick("blind-only").addEventListener("change", openAgreement);
  pick("settle").addEventListener("click", () => { pick("agreement").close(); openQueue("readers"); });
  pick("goto-form").addEventListener("submit", () => findPage(pick("goto-text").value.trim()));
  pick("reader").addEventListener("click", async () => {
    await askEntry({});
    room.panel.reader(state.reader);
    state.times = [];
    state.seen.clear();
    openQueue(state.queue);
  });
}

room.panel = new Panel({ onLabel: label, fixed: FIXED });
room.viewer = new PageViewer(pick("viewer"), () => room.overlays?.draw());
room.caliper = new Caliper(room.viewer, {
  onChange: () => room.overlays && showMeasure(),
  onScale: setScale,
  onFault: (text) => room.panel.say(text, true),
});
room.overlays = new Overlays(pick("overlay"), room.viewer, room.caliper);
room.outbox = new Outbox(told);
wire();
begin().catch((error) => room.panel.banner(error.message));
