// What the page knows, and its parts; shared by all modules.

export const state = {
  session: null, reader: "", queue: "", pages: [], at: 0, blind: false, seen: new Set(),
  labelled: 0, times: [], scale: null, scaleFrom: "", generation: 0, draft: null,
};

// viewer, caliper, overlays, panel and outbox, once they are made
export const room = {};

export const page = () => state.pages[state.at];
export const settling = () => state.queue === "readers";

export function remember(name, value) {
  try {
    localStorage.setItem(`ecgpage.${name}`, value);
  } catch {
    // a browser that keeps nothing begins anew each time
  }
}

export function recall(name) {
  try {
    return localStorage.getItem(`ecgpage.${name}`);
  } catch {
    return null;
  }
}
