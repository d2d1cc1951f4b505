// What the address says is what the board shows: variables, time range and refresh, as Grafana writes them.

export const ALL = "$__all";

export function readAddress(board) {
  const parameters = new URLSearchParams(location.search);
  const variables = {};
  for (const { name } of queryVariables(board)) {
    const values = parameters.getAll(`var-${name}`).filter(Boolean);
    variables[name] = values.length === 0 || values.includes(ALL) ? [ALL] : values;
  }
  return {
    variables,
    from: parameters.get("from") || board.time.from,
    to: parameters.get("to") || board.time.to,
    refresh: parameters.has("refresh") ? parameters.get("refresh") : board.refresh || "",
  };
}

export function parametersOf(state) {
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(state.variables)) {
    for (const value of values) parameters.append(`var-${name}`, value);
  }
  parameters.set("from", state.from);
  parameters.set("to", state.to);
  return parameters;
}

export function writeAddress(state) {
  const parameters = parametersOf(state);
  parameters.set("refresh", state.refresh);
  const address = `${location.pathname}?${parameters}`;
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
}

export function queryVariables(board) {
  return board.templating.list.filter((variable) => variable.type === "query");
}

export function boardUid() {
  return location.pathname.split("/")[2];
}
