// The board's own server: the committed dashboard, the options of its variables, the data of its panels.

export class ServerError extends Error {}

async function get(address, signal) {
  let response;
  try {
    response = await fetch(address, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError("The board's server cannot be reached. It is tried again with the next refresh.");
  }
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({ title: `Status ${response.status}`, detail: "" }));
  throw new ServerError([problem.title, problem.detail].filter(Boolean).join(": "));
}

export function fetchBoard(uid) {
  return get(`/api/boards/${encodeURIComponent(uid)}`);
}

export function fetchOptions(uid, parameters, signal) {
  return get(`/api/boards/${encodeURIComponent(uid)}/variables?${parameters}`, signal);
}

export function fetchMarks(uid, parameters, signal) {
  return get(`/api/boards/${encodeURIComponent(uid)}/annotations?${parameters}`, signal);
}

export function fetchPanel(uid, panel, parameters, signal) {
  const query = new URLSearchParams(parameters);
  query.set("panel", panel);
  return get(`/api/boards/${encodeURIComponent(uid)}/query?${query}`, signal);
}
