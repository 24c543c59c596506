// Drop a file, see its report, move marks. Asks this server alone.

const at = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const STEP_S = 0.004;
const SHARE_OF_HEIGHT = 0.72;
let code = "";
let reader = "";
let shown = null;
let zoom = 1;
const moved = [];

function say(text, bad = false) {
  at("said").textContent = text;
  at("said").classList.toggle("bad", bad);
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { credentials: "same-origin", ...options });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const said = body.refusal;
    throw new Error(said ? `${said.where}: ${said.what}. ${said.todo}` : `the server answered ${answer.status}`);
  }
  return body;
}

async function session() {
  const found = await ask("/api/session");
  code = found.code;
  reader = found.reader;
}

async function open(files) {
  if (!files.length) return;
  const form = new FormData();
  for (const file of files) form.append("dropped", file, file.name);
  say(`Measuring ${files[0].name} ...`);
  const start = performance.now();
  try {
    await ready;
    const found = await ask("/api/open", { method: "POST", headers: { "x-ecgpage-code": code }, body: form });
    moved.length = 0;
    await show(found);
    say(`Measured in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
  } catch (error) {
    say(error.message, true);
  }
}

async function show(found) {
  const fresh = !shown || shown.id !== found.id;
  const before = fresh ? null : shown;
  shown = found;
  at("drop").hidden = true;
  at("stage").hidden = false;
  at("name").textContent = `${found.name} - not for clinical use`;
  if (fresh) {
    at("picture").src = `/api/picture?id=${found.id}`;
    at("over").setAttribute("viewBox", `-0.5 -0.5 ${found.columns_px} ${found.rows_px}`);
    await at("picture").decode().catch(() => undefined);
    size(1);
  }
  at("back").disabled = moved.length === 0;
  draw();
  tell(before);
  at("print").href = `/api/report?id=${found.id}`;
  at("print").hidden = false;
  const report = at("report");
  report.hidden = false;
  report.src = `/api/report?id=${found.id}&t=${Date.now()}`;
}

function tell(before) {
  const { label, score, t_wave_score: tWave } = shown.verdict;
  at("verdict").textContent =
    score === null ? label : `${label}: score ${score.toFixed(2)}, T wave ${tWave.toFixed(2)}`;
  at("findings").replaceChildren(
    ...shown.findings.map((one) => Object.assign(document.createElement("li"), { textContent: one })),
  );
  const was = new Map((before ? before.numbers : []).map((one) => [one.name, one.value]));
  const rows = shown.numbers.map((one) => {
    const row = document.createElement("tr");
    row.dataset.name = one.name;
    const changed = before && was.get(one.name) !== one.value;
    for (const [text, kind] of [
      [one.name.replace(/_(ms|bpm|deg)$/, "").replaceAll("_", " "), ""],
      [one.value === null ? "-" : one.value.toFixed(0), changed ? "number changed" : "number"],
      [one.unit, ""],
    ]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      cell.className = kind;
      row.append(cell);
    }
    return row;
  });
  at("numbers").tBodies[0].replaceChildren(...rows);
}

function element(name, values, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  if (parent) parent.append(made);
  return made;
}

function draw() {
  const focused = document.activeElement?.dataset?.place;
  const over = at("over");
  over.replaceChildren();
  for (const trace of shown.traces) {
    const points = trace.points_px.map(([row, column]) => `${column},${row}`).join(" ");
    element("polyline", { class: "trace", points }, over);
  }
  const unit = shown.columns_px / 1000;
  for (const mark of shown.marks) {
    const place = [mark.lead, mark.wave, mark.bound, mark.beat, mark.trace].join(" ");
    const group = element(
      "g",
      {
        class: `mark ${mark.wave}${mark.by_hand ? " hand" : ""}`,
        tabindex: "0",
        role: "slider",
        "aria-label": `${mark.wave} ${mark.bound}, lead ${mark.lead}, beat ${mark.beat + 1}`,
        "aria-valuenow": mark.time_s,
        "aria-valuetext": `${(1000 * mark.time_s).toFixed(0)} ms${mark.by_hand ? ", set by hand" : ""}`,
        transform: `translate(${mark.column_px} ${mark.row_px})`,
      },
      over,
    );
    group.dataset.place = place;
    element("rect", { class: "grip", x: -4 * unit, y: -16 * unit, width: 8 * unit, height: 32 * unit }, group);
    element("line", { x1: 0, x2: 0, y1: -12 * unit, y2: 12 * unit }, group);
    if (mark.bound === "peak" || (mark.wave !== "T" && mark.bound === "onset")) {
      const word = element("text", { x: 0, y: -14 * unit, "font-size": 9 * unit }, group);
      word.textContent = mark.wave;
      word.style.fontSize = `${9 * unit}px`;
    }
    grab(group, mark);
    if (focused === place) group.focus();
  }
}

function secondsPerPixel(mark) {
  const trace = shown.traces[mark.trace];
  return (trace.end_s - trace.start_s) / (trace.right_px - trace.left_px);
}

// A mark stays on its trace, and between the marks of its kind of wave before and after it.
function within(mark, time) {
  const trace = shown.traces[mark.trace];
  const beside = shown.marks
    .filter((one) => one.trace === mark.trace && one.lead === mark.lead && one.wave === mark.wave)
    .map((one) => one.time_s);
  const first = Math.max(trace.start_s, ...beside.filter((one) => one < mark.time_s).map((one) => one + STEP_S));
  const last = Math.min(trace.end_s, ...beside.filter((one) => one > mark.time_s).map((one) => one - STEP_S));
  return Math.min(last, Math.max(first, time));
}

function grab(group, mark) {
  let start = null;
  let pending = 0;
  const place = (time) => {
    const column = mark.column_px + (time - mark.time_s) / secondsPerPixel(mark);
    group.setAttribute("transform", `translate(${column} ${mark.row_px})`);
    at("here").textContent = `${mark.wave} ${mark.bound}, ${mark.lead}: ${(1000 * (time - mark.time_s)).toFixed(0)} ms`;
  };
  const timeOf = (event) => {
    const box = at("over").getBoundingClientRect();
    const pixels = ((event.clientX - start) * shown.columns_px) / box.width;
    return within(mark, mark.time_s + pixels * secondsPerPixel(mark));
  };
  group.addEventListener("pointerdown", (event) => {
    start = event.clientX;
    group.setPointerCapture(event.pointerId);
    group.classList.add("moving");
    event.preventDefault();
    group.focus();
  });
  group.addEventListener("pointermove", (event) => {
    if (start !== null) place(timeOf(event));
  });
  group.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const time = timeOf(event);
    start = null;
    group.classList.remove("moving");
    if (Math.abs(time - mark.time_s) > 0.0005) keep(mark, time);
  });
  let time = mark.time_s;
  group.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    time = within(mark, time + way * STEP_S * (event.shiftKey ? 5 : 1));
    place(time);
    clearTimeout(pending);
    pending = setTimeout(() => keep(mark, time), 400);
  });
}

async function keep(mark, time, back = false) {
  const { lead, wave, bound, beat } = mark;
  try {
    const found = await ask("/api/mark", {
      method: "POST",
      headers: { "content-type": "application/json", "x-ecgpage-code": code },
      body: JSON.stringify({ id: shown.id, lead, wave, bound, beat, time_s: time, reader }),
    });
    if (!back) moved.push(mark);
    await show(found);
    say(time === null ? "The mark is taken back." : `Kept: ${wave} ${bound} in ${lead}, as yours.`);
  } catch (error) {
    say(error.message, true);
    draw();
  }
}

// At zoom 1 the whole page is in sight.
function size(wanted) {
  zoom = Math.min(8, Math.max(1, wanted));
  const high = SHARE_OF_HEIGHT * window.innerHeight;
  const wide = at("paper").clientWidth;
  const whole = Math.min(wide, (high * shown.columns_px) / shown.rows_px);
  at("sheet").style.width = `${zoom * whole}px`;
}

function listen() {
  at("file").addEventListener("change", (event) => open([...event.target.files]));
  for (const kind of ["dragover", "dragenter"])
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      document.body.classList.add("over");
    });
  document.addEventListener("dragleave", () => document.body.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    open([...event.dataTransfer.files]);
  });
  for (const name of ["traces", "marks"])
    at(name).addEventListener("click", () => {
      const on = at(name).getAttribute("aria-pressed") !== "true";
      at(name).setAttribute("aria-pressed", on);
      at("over").classList.toggle(`no-${name}`, !on);
    });
  at("closer").addEventListener("click", () => size(zoom * 1.4));
  at("farther").addEventListener("click", () => size(zoom / 1.4));
  window.addEventListener("resize", () => shown && size(zoom));
  at("back").addEventListener("click", () => {
    const last = moved.pop();
    if (last) keep(last, last.by_hand ? last.time_s : null, true);
  });
}

listen();
const ready = session();
ready.catch((error) => say(error.message, true));
