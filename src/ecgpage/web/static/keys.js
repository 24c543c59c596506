// Which key does what. Letters are the page's own; classes bring their keys with them.

export const FIXED = [
  { keys: [" "], shown: "Space", what: "Skip to the next page without a label", act: "skip" },
  { keys: ["ArrowRight"], shown: "→", what: "Next page, without labelling", act: "next" },
  { keys: ["ArrowLeft"], shown: "←", what: "Previous page", act: "previous" },
  { keys: ["Home"], shown: "Home", what: "First page of the queue", act: "first" },
  { keys: ["End"], shown: "End", what: "Last page of the queue", act: "last" },
  { keys: ["g"], shown: "g", what: "Go to a page", act: "goto" },
  { keys: ["u"], shown: "u", what: "Undo, as many steps as you like", act: "undo" },
  { keys: ["Backspace", "Delete"], shown: "Backspace", what: "Take this page's label back", act: "clear" },
  { keys: ["h"], shown: "h", what: "Label blind: hide suggestions", act: "blind" },
  { keys: ["n"], shown: "n", what: "Write a note (Escape: back)", act: "note" },
  { keys: ["t"], shown: "t", what: "Tags", act: "tags" },
  { keys: ["+", "="], shown: "+", what: "Closer; also the wheel or two fingers", act: "closer" },
  { keys: ["-"], shown: "-", what: "Farther", act: "farther" },
  { keys: [], shown: "Shift + arrows", what: "Move the page", act: "" },
  { keys: ["f"], shown: "f", what: "Fit to width, or the whole page", act: "fit" },
  { keys: ["i"], shown: "i", what: "Invert", act: "invert" },
  { keys: ["["], shown: "[ and ]", what: "Less and more contrast", act: "paler" },
  { keys: ["]"], shown: "", what: "", act: "bolder" },
  { keys: ["c"], shown: "c", what: "Caliper: two points; arrows and Enter set them too", act: "caliper" },
  { keys: ["k"], shown: "k", what: "Scale: two opposite corners of a 5 mm square", act: "scale" },
  { keys: ["b"], shown: "b", what: "T band", act: "band" },
  { keys: ["o"], shown: "o", what: "Found traces and waves", act: "traces" },
  { keys: ["m"], shown: "m", what: "Mask what is printed outside the traces", act: "mask" },
  { keys: ["a"], shown: "a", what: "Agreement of readers", act: "agreement" },
  { keys: ["d"], shown: "d", what: "Dark or light", act: "theme" },
  { keys: ["?"], shown: "?", what: "This list", act: "help" },
];

const WRITING = "input:not([type=checkbox]):not([type=range]), textarea, select";
const PRESSED_BY_SPACE = "button, summary, a, input";

// Calls `act(name, event)` and `label(className)`; keys in fields and dialogs stay there.
export function listen(classes, { act, label, measure }) {
  const byKey = new Map();
  for (const { keys, act: name } of FIXED) for (const key of keys) byKey.set(key, () => act(name));
  for (const { name, key } of classes) byKey.set(key, () => label(name));
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (document.querySelector("dialog[open]")) return;
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.matches(WRITING)) {
        if (event.key === "Escape") target.blur();
        return;
      }
      if (event.key === "Escape") return act("leave");
      if (target.matches("input[type=range]") && event.key.startsWith("Arrow")) return;
      if (target.matches(PRESSED_BY_SPACE) && (event.key === " " || event.key === "Enter")) return;
      if (measure(event)) return event.preventDefault();
      if (event.shiftKey && event.key.startsWith("Arrow")) {
        event.preventDefault();
        return act(`pan${event.key}`);
      }
      if (event.repeat && byKey.has(event.key) && classes.some((one) => one.key === event.key)) return;
      const found = byKey.get(event.key) || byKey.get(event.key.toLowerCase());
      if (!found) return;
      event.preventDefault();
      event.stopPropagation();
      found();
    },
    true,
  );
}
