// How far readers agree: kappas with their intervals.

import { get } from "./api.js";

const digits = (value) => (value === null ? "–" : value.toFixed(2));

export function figure(found) {
  if (found.value === null) return "–";
  if (found.low === null) return digits(found.value);
  return `${digits(found.value)} (${digits(found.low)} to ${digits(found.high)})`;
}

function cell(name, words) {
  const element = document.createElement(name);
  element.textContent = words;
  return element;
}

export async function showAgreement(body, blindOnly) {
  body.replaceChildren(cell("p", "Counting …"));
  const found = await get("/api/agreement", { blind_only: blindOnly });
  const parts = [];
  if (found.pairs.length === 0) {
    parts.push(cell("p", "No page has been labelled by two readers yet."));
  } else {
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const words of ["Readers", "Pages", "Same label", "Cohen's kappa (95 %)"]) {
      const th = cell("th", words);
      th.scope = "col";
      head.append(th);
    }
    const rows = table.createTBody();
    for (const pair of found.pairs) {
      const row = rows.insertRow();
      row.append(
        cell("td", `${pair.first} and ${pair.second}`), cell("td", String(pair.pages)),
        cell("td", figure(pair.observed)), cell("td", figure(pair.kappa)),
      );
    }
    parts.push(table);
  }
  if (found.fleiss) {
    const pages = found.pages_read_twice;
    parts.push(cell("p", `All readers: Fleiss' kappa ${figure(found.fleiss)}, ${pages} pages read twice or more.`));
  }
  parts.push(cell("p", `${found.open_pages} pages are open: readers disagree and nobody has settled them.`));
  body.replaceChildren(...parts);
  return found;
}
