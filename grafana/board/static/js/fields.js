// How a panel's field configuration applies to its columns and series.

export function fieldOf(panel, name) {
  const field = structuredClone(panel.fieldConfig.defaults);
  field.custom = field.custom || {};
  for (const { matcher, properties } of panel.fieldConfig.overrides || []) {
    if (matcher.id !== "byName" || matcher.options !== name) continue;
    for (const { id, value } of properties) {
      if (id.startsWith("custom.")) field.custom[id.slice(7)] = value;
      else field[id] = value;
    }
  }
  return field;
}

// The name of the colour that the thresholds give a value, null where there are none.
export function thresholdColour(field, value) {
  const steps = field.thresholds?.steps || [];
  let name = null;
  for (const step of steps) {
    if (step.value === null || step.value === undefined || (value !== null && value >= step.value)) name = step.color;
  }
  return value === null ? null : name;
}

// Grafana's reading of a time series query: a time, labels (text), and one series for each number and set of labels.
export function seriesOf(panel, result) {
  const { columns, rows } = result;
  const labels = columns.map((column, at) => [column, at]).filter(([column]) => isText(column));
  const values = columns.map((column, at) => [column, at]).filter(([column], at) => at > 0 && !isText(column));
  const series = new Map();
  for (const row of rows) {
    const words = labels.map(([column, at]) => [column.name, row[at]]);
    for (const [column, at] of values) {
      const name = displayName(panel, column.name, words);
      if (!series.has(name)) series.set(name, { name, points: [] });
      series.get(name).points.push([row[0], row[at]]);
    }
  }
  return [...series.values()];
}

export function isText(column) {
  return /String|UUID|Enum/.test(column.type);
}

export function isMoment(column) {
  return /DateTime/.test(column.type);
}

function displayName(panel, value, labels) {
  const template = panel.fieldConfig.defaults.displayName;
  if (template) return template.replace(/\$\{__field\.labels\.(\w+)\}/g, (_, label) => Object.fromEntries(labels)[label] ?? "");
  return labels.length ? labels.map(([, text]) => text).join(" ") : value;
}
