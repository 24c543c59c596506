// Queues and the way through them.

import { get } from "./api.js";
import { keepDraft } from "./labelling.js";
import { pick } from "./panel.js";
import { page, room, settling, state } from "./state.js";
import { findScale, pressedButtons } from "./tools.js";

const QUEUE_AGAIN_MS = 3000;

export async function openQueue(name, keep = null) {
  const generation = ++state.generation;
  let found;
  try {
    found = await get("/api/queue", { name, reader: state.reader, blind: state.blind });
  } catch (error) {
    room.panel.say(error.message, true);
    pick("queue").value = state.queue;
    return;
  }
  if (generation !== state.generation) return;
  Object.assign(state, { queue: name, pages: found.pages, labelled: found.progress.done });
  sessionStorage.setItem("ecgpage.queue", name); // a reload goes on here
  pick("queue").value = name;
  const kept = keep === null ? -1 : found.pages.findIndex((one) => one.key === keep);
  room.panel.settling(settling());
  if (state.session.queues.find((one) => one.name === name)?.needs_model) watchScoring(generation);
  await goTo(kept >= 0 ? kept : found.start);
}

// While the model still looks at pages, its queue grows.
async function watchScoring(generation) {
  const told = await get("/api/scoring").catch(() => null);
  if (!told || generation !== state.generation) return;
  if (told.fault) return room.panel.say(told.fault.what, true);
  if (!told.running) {
    if (state.queue === "suspects" && told.unseen === 0) room.panel.say("The model knows of no page that it has not seen; name a cross-validation's folder.");
    else if (state.pages.length === 0) await openQueueOnce(generation);
    return;
  }
  room.panel.say(`The model has looked at ${told.done} of ${told.total} pages.`);
  setTimeout(async () => {
    if (generation !== state.generation) return;
    if (state.pages.length === 0) await openQueueOnce(generation);
    else watchScoring(generation);
  }, QUEUE_AGAIN_MS);
}

async function openQueueOnce(generation) {
  const found = await get("/api/queue", { name: state.queue, reader: state.reader, blind: state.blind });
  if (generation !== state.generation || found.pages.length === 0) return;
  state.pages = found.pages;
  await goTo(found.start);
}

export async function goTo(at, pressed = null) {
  const begun = pressed ?? performance.now();
  if (state.pages.length === 0) return showNothing();
  keepDraft();
  state.at = Math.max(0, Math.min(at, state.pages.length - 1));
  const here = page();
  pick("empty").hidden = true;
  if (room.caliper.mode) room.caliper.setMode(null);
  pressedButtons();
  room.overlays.known = null;
  room.panel.show(here, state, settling());
  if (!state.blind && here.suggestion) state.seen.add(here.key);
  try {
    const painted = await room.viewer.show(here.key, state.pages.map((one) => one.key), state.at);
    if (!painted || page() !== here) return;
    onScreen(here.key);
  } catch {
    if (page() === here) showUnreadable(here);
    return;
  }
  const detail = { key: here.key, ms: performance.now() - begun };
  document.dispatchEvent(new CustomEvent("ecgpage:shown", { detail }));
  await learnMore(here);
}

// From now on keys label this page: nobody labels what they have not seen.
function onScreen(key) {
  pick("viewer").dataset.shown = key;
}

// What is not needed at once: geometry, votes, history.
async function learnMore(here) {
  const asked = settling() || pick("history").open;
  const known = await get("/api/overlays", { key: here.key }).catch(() => null);
  if (page() !== here) return;
  room.overlays.known = known;
  findScale(known);
  room.overlays.draw();
  if (asked) await showHistory(here);
}

export async function showHistory(here) {
  const blind = state.blind && !settling();
  const found = await get("/api/history", { key: here.key, reader: state.reader, blind }).catch(() => null);
  if (!found || page() !== here) return;
  if (found.said.some((one) => one.who !== state.reader)) state.seen.add(here.key);
  room.panel.history(found.said, settling());
}

function showNothing() {
  room.panel.nothing();
  room.viewer.shown = null;
  for (const { item } of room.viewer.pages.values()) item?.setOpacity(0);
  room.viewer.viewer.forceRedraw();
  pick("empty").hidden = false;
  pick("empty").textContent = "No pages in this queue. Choose another above.";
  room.panel.progress(state);
}

async function showUnreadable(here) {
  let why = "The page cannot be shown.";
  await fetch(`/api/picture?${new URLSearchParams({ key: here.key })}`).then(async (answer) => {
    if (!answer.ok) why = (await answer.json()).refusal.what;
  }).catch(() => { why = "The server does not answer."; });
  if (page() !== here) return;
  pick("empty").hidden = false;
  pick("empty").textContent = `${here.key}: ${why}`;
  onScreen(here.key);
}

export function move(by) {
  const at = state.at + by;
  if (at < 0 || at >= state.pages.length) return room.panel.say(by > 0 ? "This is the last page." : "This is the first page.");
  goTo(at);
}

export function skip() {
  const free = (one) => !one.own && !one.settled;
  const after = state.pages.findIndex((one, k) => k > state.at && free(one));
  if (after >= 0) return goTo(after);
  room.panel.say("No page without a label comes after this one.");
}

export function findPage(text) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= state.pages.length) return goTo(number - 1);
  const at = state.pages.findIndex((one) => one.key.toLowerCase().includes(text.toLowerCase()));
  if (text && at >= 0) return goTo(at);
  room.panel.say(`No page of this queue is called '${text}'.`);
}
