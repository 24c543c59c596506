// Everything written beside the page.

export const pick = (id) => document.getElementById(id);

const MINUTE_MS = 60000;

function element(name, words, values = {}) {
  const made = document.createElement(name);
  made.textContent = words;
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  return made;
}

export class Panel {
  constructor({ onLabel, fixed }) {
    this.onLabel = onLabel;
    this.fixed = fixed;
  }

  // What the session says: classes, queues, names, keys.
  describe(session) {
    pick("dataset").textContent = session.dataset;
    document.title = `${session.dataset} – ecgpage label`;
    this.total = session.pages;
    pick("labels").replaceChildren(...session.classes.map((one) => this.button(one)));
    pick("queue").replaceChildren(
      ...session.queues
        .filter((one) => !one.needs_model || session.scoring.model)
        .map((one) => element("option", one.title, { value: one.name, title: one.what })),
    );
    pick("names").replaceChildren(...session.readers.map((name) => element("option", "", { value: name })));
    const rows = [...session.classes.map(({ name, key }) => ({ shown: key, what: `${name}, and on to the next page` })), ...this.fixed];
    const body = pick("keys").tBodies[0];
    for (const { shown, what } of rows.filter((one) => one.shown)) {
      const row = body.insertRow();
      const head = element("th", "", { scope: "row" });
      head.append(element("kbd", shown));
      row.append(head, element("td", what));
    }
  }

  button({ name, key }) {
    const made = element("button", name, { type: "button", "aria-keyshortcuts": key, "aria-pressed": "false", "data-label": name });
    made.append(element("kbd", key));
    made.addEventListener("click", (event) => {
      if (event.detail > 0) made.blur(); // by mouse or finger: keys go to the page again
      this.onLabel(name, performance.now());
    });
    return made;
  }

  reader(name) {
    pick("reader").setAttribute("aria-label", `Reader ${name}: change`);
    pick("reader").textContent = name || "Reader";
  }

  show(page, state, settling) {
    const own = settling ? page.settled : page.own?.label;
    pick("page-name").textContent = page.key;
    pick("place").textContent = `${state.at + 1} of ${state.pages.length}`;
    for (const button of pick("labels").children) {
      button.setAttribute("aria-pressed", button.dataset.label === own ? "true" : "false");
      button.disabled = false;
    }
    const written = settling ? null : page.own ?? page.draft;
    pick("note").value = written?.note || "";
    pick("tags").value = (written?.tags || []).join(", ");
    pick("said").replaceChildren();
    pick("votes").replaceChildren();
    pick("votes").hidden = true;
    this.suggestion(page, state);
    this.progress(state);
  }

  nothing() {
    pick("page-name").textContent = "";
    pick("place").textContent = "0 of 0";
    pick("suggestion").textContent = "";
    for (const button of pick("labels").children) button.disabled = true;
  }

  suggestion(page, state) {
    const place = pick("suggestion");
    const found = page.suggestion;
    if (state.blind) place.textContent = "Suggestions and other readers' labels are hidden.";
    else if (!found) place.textContent = "No suggestion for this page.";
    else place.replaceChildren("Suggested: ", element("b", found.label), ` by ${found.by}: ${found.why}.`);
  }

  progress(state) {
    const left = Math.max(0, this.total - state.labelled);
    pick("progress").max = Math.max(1, this.total);
    pick("progress").value = state.labelled;
    const times = state.times;
    const minutes = times.length > 1 ? (times.at(-1) - times[0]) / MINUTE_MS : 0;
    const pace = minutes > 0 ? `, ${((times.length - 1) / minutes).toFixed(0)}/min` : "";
    pick("pace").textContent = `${state.labelled} done, ${left} left${pace}`;
  }

  settling(now) {
    pick("settling").hidden = !now;
    pick("note").parentElement.hidden = false;
  }

  // Each reader's last word, and how it came about.
  history(said, settling) {
    const last = new Map();
    const rows = said.map((one) => {
      last.set(`${one.source} ${one.who}`, one);
      const when = new Date(one.when).toLocaleString();
      const blind = one.blind === true ? ", blind" : "";
      const note = one.note ? ` (${one.note})` : "";
      return element("li", `${one.who}: ${one.label ?? "taken back"}${note}, ${when}${blind}`);
    });
    pick("said").replaceChildren(...(rows.length ? rows.reverse() : [element("li", "None yet.")]));
    if (!settling) return;
    const readers = [...last.values()].filter((one) => one.source === "person" && one.label !== null);
    const list = document.createElement("ul");
    for (const one of readers) {
      const row = element("li", `${one.who}: `);
      row.append(element("b", one.label), one.blind ? " (blind)" : "", one.note ? `, “${one.note}”` : "");
      list.append(row);
    }
    pick("votes").replaceChildren(element("b", "What readers said"), list);
    pick("votes").hidden = false;
  }

  scale(state) {
    pick("scale-known").textContent = state.scale
      ? `Scale ${state.scale.across.toFixed(2)} px/mm, ${state.scaleFrom}.`
      : "Scale unknown: press k and mark a 5 mm square.";
  }

  choose(id, value) {
    const option = [...pick(id).options].find((one) => Number(one.value) === value);
    if (option) pick(id).value = option.value;
  }

  reading(mode, points, found) {
    pick("reading").hidden = mode === null || (mode === "measure" && points === 0);
    if (mode === "scale") pick("reading").textContent = points === 0 ? "First corner of a 5 mm square" : "Opposite corner";
    else if (points === 1) pick("reading").textContent = "Second point";
    else if (found) {
      const rate = found.rate && found.rate < 400 ? `, ${found.rate.toFixed(0)}/min` : "";
      pick("reading").textContent = `${found.ms.toFixed(0)} ms, ${found.mv.toFixed(2)} mV${rate}`;
    } else pick("reading").textContent = "Set the scale first (k)";
  }

  say(text, bad = false) {
    pick("status").textContent = text;
    pick("status").classList.toggle("fault", bad);
  }

  banner(text) {
    pick("banner").textContent = text;
    pick("banner").hidden = text === "";
  }
}
