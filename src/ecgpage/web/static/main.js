// The labelling room: joins viewer, keys, panel and outbox.

import { enter, get, post, session } from "./api.js";
import { showAgreement } from "./agreement.js";
import { Caliper, measured } from "./caliper.js";
import { FIXED, listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Overlays } from "./overlays.js";
import { Panel, pick } from "./panel.js";
import { PageViewer } from "./viewer.js";

const PACE_MS = 5 * 60 * 1000;
const QUEUE_AGAIN_MS = 3000;

const state = {
  session: null, reader: "", queue: "", pages: [], at: 0, blind: false, seen: new Set(),
  labelled: 0, times: [], scale: null, scaleFrom: "", generation: 0, draft: null,
};
let viewer, caliper, overlays, panel, outbox;

const page = () => state.pages[state.at];
const settling = () => state.queue === "readers";
const remember = (name, value) => { try { localStorage.setItem(`ecgpage.${name}`, value); } catch { /* a browser that keeps nothing */ } };
const recall = (name) => { try { return localStorage.getItem(`ecgpage.${name}`); } catch { return null; } };

async function begin() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    history.replaceState(null, "", location.pathname);
    await enter(given).catch((error) => panel.say(error.message));
  }
  try {
    state.session = await session();
  } catch (error) {
    if (error.status !== 401) throw error;
    await askEntry({ token: true });
    state.session = await session();
  }
  panel.describe(state.session);
  state.blind = state.session.blind_only || recall("blind") === "yes";
  pick("blind").checked = state.blind;
  pick("blind").disabled = state.session.blind_only;
  if (state.session.masked_only) {
    pick("mask").disabled = true;
    pick("mask").setAttribute("aria-pressed", "true");
  }
  listen(state.session.classes, { act: (name) => acts[name]?.(), label, measure: (e) => caliper.key(e) });
  state.reader = state.session.reader || recall("reader") || "";
  if (!state.reader) await askEntry({});
  panel.reader(state.reader);
  const waiting = outbox.adopt();
  if (waiting) panel.say(`${waiting} labels from before are being saved.`);
  await outboxIdle();
  await openQueue(recall("queue") || state.session.queue);
}

function outboxIdle() {
  return new Promise((resolve) => {
    const look = () => (outbox.items.length === 0 ? resolve() : setTimeout(look, 50));
    look();
  });
}

// The dialog for name and, where the server wants one, token.
function askEntry({ token = false }) {
  pick("token-row").hidden = !token;
  pick("name").value = state.reader || recall("reader") || "";
  pick("entry").showModal();
  (token ? pick("token") : pick("name")).focus();
  return new Promise((resolve) => {
    pick("entry").oncancel = (event) => { if (!state.reader || token) event.preventDefault(); else resolve(); };
    pick("entry-form").onsubmit = async (event) => {
      event.preventDefault();
      const name = pick("name").value.trim();
      try {
        if (token) await enter(pick("token").value.trim());
        if (!name) throw new Error("Write your name.");
      } catch (error) {
        pick("entry-fault").textContent = error.message;
        pick("entry-fault").hidden = false;
        return;
      }
      pick("entry-fault").hidden = true;
      pick("token").value = "";
      state.reader = name;
      remember("reader", name);
      pick("entry").close();
      resolve();
    };
  });
}

async function openQueue(name, keep = null) {
  const generation = ++state.generation;
  let found;
  try {
    found = await get("/api/queue", { name, reader: state.reader, blind: state.blind });
  } catch (error) {
    panel.say(error.message, true);
    pick("queue").value = state.queue;
    return;
  }
  if (generation !== state.generation) return;
  Object.assign(state, { queue: name, pages: found.pages, labelled: found.progress.done });
  remember("queue", name);
  pick("queue").value = name;
  const kept = keep === null ? -1 : found.pages.findIndex((one) => one.key === keep);
  panel.settling(settling());
  if (state.session.queues.find((one) => one.name === name)?.needs_model) watchScoring(generation);
  await goTo(kept >= 0 ? kept : found.start);
}

// While the model still looks at pages, its queue grows.
async function watchScoring(generation) {
  const told = await get("/api/scoring").catch(() => null);
  if (!told || generation !== state.generation) return;
  if (told.fault) return panel.say(told.fault.what, true);
  if (!told.running) {
    if (state.queue === "suspects" && told.unseen === 0) panel.say("The model knows of no page that it has not seen; name a cross-validation's folder.");
    else if (state.pages.length === 0) await openQueueOnce(generation);
    return;
  }
  panel.say(`The model has looked at ${told.done} of ${told.total} pages.`);
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

async function goTo(at, pressed = null) {
  const begun = pressed ?? performance.now();
  if (state.pages.length === 0) return showNothing();
  keepDraft();
  state.at = Math.max(0, Math.min(at, state.pages.length - 1));
  const here = page();
  pick("empty").hidden = true;
  if (caliper.mode) caliper.setMode(null);
  pressedButtons();
  overlays.known = null;
  panel.show(here, state, settling());
  if (!state.blind && here.suggestion) state.seen.add(here.key);
  try {
    const painted = await viewer.show(here.key, state.pages.map((one) => one.key), state.at);
    if (!painted || page() !== here) return;
  } catch {
    if (page() === here) showUnreadable(here);
    return;
  }
  const detail = { key: here.key, ms: performance.now() - begun };
  document.dispatchEvent(new CustomEvent("ecgpage:shown", { detail }));
  await learnMore(here);
}

// What is not needed at once: geometry, votes, history.
async function learnMore(here) {
  const asked = settling() || pick("history").open;
  const known = await get("/api/overlays", { key: here.key }).catch(() => null);
  if (page() !== here) return;
  overlays.known = known;
  findScale(known);
  overlays.draw();
  if (asked) await showHistory(here);
}

async function showHistory(here) {
  const blind = state.blind && !settling();
  const found = await get("/api/history", { key: here.key, reader: state.reader, blind }).catch(() => null);
  if (!found || page() !== here) return;
  if (found.said.some((one) => one.who !== state.reader)) state.seen.add(here.key);
  panel.history(found.said, settling());
}

function showNothing() {
  panel.nothing();
  viewer.shown = null;
  for (const { item } of viewer.pages.values()) item?.setOpacity(0);
  viewer.viewer.forceRedraw();
  pick("empty").hidden = false;
  pick("empty").textContent = "No pages in this queue. Choose another above.";
  panel.progress(state);
}

async function showUnreadable(here) {
  let why = "The page cannot be shown.";
  await fetch(`/api/picture?${new URLSearchParams({ key: here.key })}`).then(async (answer) => {
    if (!answer.ok) why = (await answer.json()).refusal.what;
  }).catch(() => { why = "The server does not answer."; });
  if (page() !== here) return;
  pick("empty").hidden = false;
  pick("empty").textContent = `${here.key}: ${why}`;
}

// --- labels -------------------------------------------------------------------------------

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
  state.draft = null;
  outbox.put("/api/label", body);
}

function label(name, pressed = performance.now()) {
  const here = page();
  if (!here || document.querySelector("dialog[open]")) return;
  if (!here.own && !here.settled) state.times.push(Date.now());
  send(here, name);
  panel.say(`${name}: page ${state.at + 1}.`);
  if (state.at + 1 < state.pages.length) {
    goTo(state.at + 1, pressed);
  } else {
    panel.show(here, state, settling());
    panel.say(`${name}: the last page of this queue is done.`);
  }
}

// Note and tags of a page that has a label are saved when the field is left.
function keepDraft() {
  const here = page();
  const said = here?.own;
  if (!state.draft || state.draft !== here?.key || settling()) return;
  state.draft = null;
  const now = words();
  if (!said) return;
  if (now.note === (said.note || "") && now.tags.join() === (said.tags || []).join()) return;
  send(here, said.label);
}

function undo() {
  outbox.put("/api/undo", { reader: state.reader, adjudicate: settling() });
}

async function undone(answer) {
  const at = state.pages.findIndex((one) => one.key === answer.key);
  if (at < 0) return panel.say(`Undone: ${answer.key} (not in this queue).`);
  const there = state.pages[at];
  if (settling()) there.settled = answer.own ? answer.own.label : null;
  else {
    if (there.own && !answer.own) state.labelled -= 1;
    there.own = answer.own;
  }
  state.times.pop();
  await goTo(at);
  panel.say(`Undone: page ${at + 1}.`);
}

function told(what, item, answer) {
  if (what === "waiting") {
    const left = outbox.items.length;
    panel.banner(`Not saved yet: ${item.message}. ${left} ${left === 1 ? "label is" : "labels are"} kept in this browser and sent again.`);
    if (item.status === 401 && !pick("entry").open) askEntry({ token: true });
    return;
  }
  panel.banner("");
  if (what === "saved" && item.path === "/api/undo") undone(answer);
  if (what === "saved" && item.path === "/api/label") {
    const there = state.pages.find((one) => one.key === item.body.key);
    if (there?.own && !item.body.adjudicate && there.own.label === item.body.label) there.own = answer.saved.label === null ? null : answer.saved;
    document.dispatchEvent(new CustomEvent("ecgpage:saved", { detail: answer }));
  }
  if (what === "refused") {
    panel.say(answer.message, true);
    if (item.path === "/api/label") openQueue(state.queue, item.body.key);
  }
  if (what === "idle") {
    const since = Date.now() - PACE_MS;
    state.times = state.times.filter((time) => time > since);
    panel.progress(state);
  }
}

// --- view ---------------------------------------------------------------------------------

function pressedButtons() {
  pick("caliper").setAttribute("aria-pressed", caliper.mode === "measure");
  pick("scale").setAttribute("aria-pressed", caliper.mode === "scale");
}

function toggle(id, change) {
  const now = pick(id).getAttribute("aria-pressed") !== "true";
  pick(id).setAttribute("aria-pressed", now);
  change(now);
}

function filter() {
  viewer.filter(pick("invert").getAttribute("aria-pressed") === "true", Number(pick("contrast").value));
}

function contrast(by) {
  pick("contrast").value = Number(pick("contrast").value) + by;
  filter();
}

function measureMode(mode) {
  caliper.setMode(caliper.mode === mode ? null : mode);
  pressedButtons();
  if (caliper.mode === "scale") panel.say("Two opposite corners of a 5 mm square: click, or arrows and Enter.");
  if (caliper.mode === "measure") panel.say(state.scale ? "Two points: click or drag, or arrows and Enter." : "Set the scale first (k) to read ms and mV.");
}

// The record's scale, else the one set on this page or on one of the same size.
function findScale(known) {
  const size = viewer.size();
  const kept = JSON.parse(recall(scaleName(size)) || "null");
  state.scale = known?.px_per_mm || kept;
  state.scaleFrom = known?.px_per_mm ? "from the digitised record" : kept ? "set by hand on a page of this size" : "";
  if (known?.speed_mm_per_s) panel.choose("speed", known.speed_mm_per_s);
  if (known?.gain_mm_per_mv) panel.choose("gain", known.gain_mm_per_mv);
  panel.scale(state);
}

const scaleName = (size) => `scale.${state.session.dataset}.${size ? `${size.x}x${size.y}` : ""}`;

function setScale(scale) {
  state.scale = scale;
  state.scaleFrom = "set by hand";
  remember(scaleName(viewer.size()), JSON.stringify(scale));
  panel.scale(state);
  caliper.setMode("measure");
  pressedButtons();
  panel.say(`Scale: ${scale.across.toFixed(2)} pixels a mm across, ${scale.down.toFixed(2)} down. Now measure.`);
}

function showMeasure() {
  overlays.draw();
  const found = measured(caliper.points, state.scale, Number(pick("speed").value), Number(pick("gain").value));
  panel.reading(caliper.mode, caliper.points.length, found);
}

function setBlind(blind) {
  if (state.session.blind_only) return;
  state.blind = blind;
  pick("blind").checked = blind;
  remember("blind", blind ? "yes" : "no");
  openQueue(state.queue, page()?.key ?? null);
}

function move(by) {
  const at = state.at + by;
  if (at < 0 || at >= state.pages.length) return panel.say(by > 0 ? "This is the last page." : "This is the first page.");
  goTo(at);
}

function skip() {
  const free = (one) => !one.own && !one.settled;
  const after = state.pages.findIndex((one, k) => k > state.at && free(one));
  if (after >= 0) return goTo(after);
  panel.say("No page without a label comes after this one.");
}

function changeTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  remember("theme", next);
}

async function openAgreement() {
  if (!pick("agreement").open) pick("agreement").showModal();
  await showAgreement(pick("agreement-body"), pick("blind-only").checked).catch((error) => {
    pick("agreement-body").textContent = error.message;
  });
}

function findPage(text) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= state.pages.length) return goTo(number - 1);
  const at = state.pages.findIndex((one) => one.key.toLowerCase().includes(text.toLowerCase()));
  if (text && at >= 0) return goTo(at);
  panel.say(`No page of this queue is called '${text}'.`);
}

const acts = {
  next: () => move(1),
  previous: () => move(-1),
  first: () => goTo(0),
  last: () => goTo(state.pages.length - 1),
  skip,
  undo,
  clear: () => { if (page()?.own || page()?.settled) { send(page(), null); panel.show(page(), state, settling()); panel.say("Label taken back."); } },
  blind: () => setBlind(!state.blind),
  note: () => pick("note").focus(),
  tags: () => pick("tags").focus(),
  closer: () => viewer.zoom(1.4),
  farther: () => viewer.zoom(1 / 1.4),
  panArrowLeft: () => viewer.pan(-80, 0),
  panArrowRight: () => viewer.pan(80, 0),
  panArrowUp: () => viewer.pan(0, -80),
  panArrowDown: () => viewer.pan(0, 80),
  fit: () => toggle("fit", (now) => { viewer.fitWidth = now; viewer.fit(); }),
  invert: () => toggle("invert", filter),
  paler: () => contrast(-20),
  bolder: () => contrast(20),
  caliper: () => measureMode("measure"),
  scale: () => measureMode("scale"),
  band: () => toggle("band", (now) => { overlays.band = now; overlays.draw(); }),
  traces: () => toggle("traces", (now) => {
    overlays.traces = now;
    overlays.draw();
    if (now && overlays.known && overlays.known.traces.length === 0) panel.say("No digitised record of this page was found.");
  }),
  mask: () => { if (!state.session.masked_only) toggle("mask", (now) => { viewer.setMask(now); goTo(state.at); }); },
  goto: () => { pick("goto").showModal(); pick("goto-text").select(); },
  agreement: openAgreement,
  theme: changeTheme,
  help: () => pick("help").showModal(),
  leave: () => { if (caliper.mode) { caliper.setMode(null); pressedButtons(); } },
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
    panel.reader(state.reader);
    state.times = [];
    state.seen.clear();
    openQueue(state.queue);
  });
}

panel = new Panel({ onLabel: label, fixed: FIXED });
viewer = new PageViewer(pick("viewer"), () => overlays?.draw());
caliper = new Caliper(viewer, { onChange: showMeasure, onScale: setScale, onFault: (text) => panel.say(text, true) });
overlays = new Overlays(pick("overlay"), viewer, caliper);
outbox = new Outbox(told);
wire();
begin().catch((error) => panel.banner(error.message));
