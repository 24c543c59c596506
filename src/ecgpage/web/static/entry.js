// The dialog for name and, where the server wants one, token.

import { enter } from "./api.js";
import { pick } from "./panel.js";
import { recall, remember, state } from "./state.js";

export function askEntry({ token = false }) {
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
