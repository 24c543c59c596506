// Talks to the server: one code for changing requests, refusals as errors.

let code = "";

export class Refusal extends Error {
  constructor(status, refusal) {
    const said = refusal || {};
    super(said.what ? `${said.where}: ${said.what}. ${said.todo}` : `the server answered ${status}`);
    this.status = status;
    this.code = said.code || "";
  }
}

async function ask(path, options) {
  const answer = await fetch(path, { credentials: "same-origin", ...options });
  const kind = answer.headers.get("content-type") || "";
  const body = kind.includes("json") ? await answer.json() : {};
  if (!answer.ok) throw new Refusal(answer.status, body.refusal);
  return body;
}

export function get(path, values = {}) {
  const query = new URLSearchParams(values).toString();
  return ask(query ? `${path}?${query}` : path, {});
}

export async function post(path, body, again = true) {
  try {
    return await ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-ecgpage-code": code },
      body: JSON.stringify(body),
    });
  } catch (error) {
    if (!again || error.code !== "wrong-code") throw error;
    await session(); // the server was started anew
    return post(path, body, false);
  }
}

export async function session() {
  const found = await get("/api/session");
  code = found.code;
  return found;
}

export const enter = (token) => post("/api/enter", { token }, false);

export function pictureUrl(key, mask) {
  return `/api/picture?${new URLSearchParams({ key, mask: mask ? "true" : "false" })}`;
}
