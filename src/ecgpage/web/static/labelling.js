// Labels: keyed, sent, undone.

import { askEntry } from "./entry.js";
import { pick } from "./panel.js";
import { goTo, openQueue } from "./queue.js";
import { page, room, settling, state } from "./state.js";

const PACE_MS = 5 * 60 * 1000;

function words() {
  const tags = pick("tags").value.split(",").map((tag) => tag.trim().slice(0, 40)).filter(Boolean);
  return { note: pick("note").value, tags: [...new Set(tags)].slice(0, 20) };
}

function send(here, name) {
  const blind = !state.seen.has(here.key) && !settling();
  const body = { key: here.key, label: name, reader: state.reader, blind, ...words(), adjudicate: settling() };
  if (!settling()) {
    if (!here.own && name !== null) state.labelled += 1;
    if (here.own && name === null) state.labelled -= 1;
    here.own = name === null ? null : { label: name, note: body.note, tags: body.tags, blind };
  } else {
    here.settled = name;
  }
  state.draft = here.draft = null;
  room.outbox.put("/api/label", body);
}

export function label(name, pressed = performance.now()) {
  const here = page();
  if (!here || document.querySelector("dialog[open]")) return;
  if (pick("viewer").dataset.shown !== here.key) {
    room.panel.say("Not labelled: the page was not on the screen yet.", true);
    return;
  }
  if (!here.own && !here.settled) state.times.push(Date.now());
  send(here, name);
  room.panel.say(`${name}: page ${state.at + 1}.`);
  if (state.at + 1 < state.pages.length) {
    goTo(state.at + 1, pressed);
  } else {
    room.panel.show(here, state, settling());
    room.panel.say(`${name}: the last page of this queue is done.`);
  }
}

// Note and tags of a page that has a label are saved when the field is left.
export function keepDraft() {
  const here = page();
  const said = here?.own;
  if (!state.draft || state.draft !== here?.key || settling()) return;
  state.draft = null;
  const now = words();
  if (!said) {
    here.draft = now; // goes with the label, once there is one
    return;
  }
  if (now.note === (said.note || "") && now.tags.join() === (said.tags || []).join()) return;
  send(here, said.label);
}

export function undo() {
  room.outbox.put("/api/undo", { reader: state.reader, adjudicate: settling() });
}

async function undone(answer) {
  const at = state.pages.findIndex((one) => one.key === answer.key);
  if (at < 0) {
    await openQueue(state.queue, answer.key); // it left the queue when it was labelled
    return room.panel.say(`Undone: ${answer.key}.`);
  }
  const there = state.pages[at];
  if (settling()) there.settled = answer.own ? answer.own.label : null;
  else {
    if (there.own && !answer.own) state.labelled -= 1;
    there.own = answer.own;
  }
  state.times.pop();
  await goTo(at);
  room.panel.say(`Undone: page ${at + 1}.`);
}

export function told(what, item, answer) {
  if (what === "waiting") {
    const left = room.outbox.items.length;
    room.panel.banner(`Not saved yet: ${item.message}. ${left} ${left === 1 ? "label is" : "labels are"} kept in this browser and sent again.`);
    if (item.status === 401 && !pick("entry").open) askEntry({ token: true });
    return;
  }
  room.panel.banner("");
  if (what === "saved" && item.path === "/api/undo") undone(answer);
  if (what === "saved" && item.path === "/api/label") {
    const there = state.pages.find((one) => one.key === item.body.key);
    if (there?.own && !item.body.adjudicate && there.own.label === item.body.label) there.own = answer.saved.label === null ? null : answer.saved;
    document.dispatchEvent(new CustomEvent("ecgpage:saved", { detail: answer }));
  }
  if (what === "refused") {
    room.panel.say(answer.message, true);
    if (item.path === "/api/label") openQueue(state.queue, item.body.key);
  }
  if (what === "idle") {
    const since = Date.now() - PACE_MS;
    state.times = state.times.filter((time) => time > since);
    room.panel.progress(state);
  }
}

export function clear() {
  if (!page()?.own && !page()?.settled) return;
  send(page(), null);
  room.panel.show(page(), state, settling());
  room.panel.say("Label taken back.");
}
