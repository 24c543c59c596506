// Labels on their way to the server: one after the other, kept in the browser until the server
// has said that they are on its disk.

import { post } from "./api.js";

const PREFIX = "ecgpage.outbox.";
const ABANDONED_MS = 30000;
const AGAIN_MS = 1500;

function ownName() {
  let name = sessionStorage.getItem("ecgpage.tab");
  if (!name) {
    name = PREFIX + Math.random().toString(36).slice(2);
    sessionStorage.setItem("ecgpage.tab", name);
  }
  return name;
}

function readBox(name) {
  try {
    const box = JSON.parse(localStorage.getItem(name));
    return Array.isArray(box.items) ? box : { at: 0, items: [] };
  } catch {
    return { at: 0, items: [] };
  }
}

export class Outbox {
  // `told` hears of each item: ("saved", item, answer), ("refused", item, error), and of the
  // state of the line: ("waiting", error) and ("idle").
  constructor(told) {
    this.told = told;
    this.name = ownName();
    this.items = [];
    this.busy = false;
  }

  // Takes up what this tab, or one that was killed, did not get through.
  adopt() {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    for (const name of names) {
      const box = readBox(name);
      if (name === this.name || Date.now() - box.at > ABANDONED_MS) {
        this.items.push(...box.items);
        if (name !== this.name) localStorage.removeItem(name);
      }
    }
    this.keep();
    this.work();
    return this.items.length;
  }

  put(path, body) {
    this.items.push({ path, body });
    this.keep();
    this.work();
  }

  keep() {
    if (this.items.length === 0) localStorage.removeItem(this.name);
    else localStorage.setItem(this.name, JSON.stringify({ at: Date.now(), items: this.items }));
  }

  async work() {
    if (this.busy) return;
    this.busy = true;
    while (this.items.length > 0) {
      const item = this.items[0];
      try {
        const answer = await post(item.path, item.body);
        this.done();
        this.told("saved", item, answer);
      } catch (error) {
        if (this.lasting(error)) {
          this.done();
          this.told("refused", item, error);
        } else {
          this.told("waiting", error);
          this.keep();
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        }
      }
    }
    this.busy = false;
    this.told("idle");
  }

  done() {
    this.items.shift();
    this.keep();
  }

  // Whether asking again would change nothing. A missing token or a tired server may change.
  lasting(error) {
    const status = error.status || 0;
    return status >= 400 && status < 500 && ![401, 403, 408, 421, 429].includes(status);
  }
}
