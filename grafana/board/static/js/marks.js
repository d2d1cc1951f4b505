// What happened beside the numbers: deployments and alerts, marked in the charts at their times.

import { element } from "./dom.js";
import { colour } from "./theme.js";

let annotations = [];
const hidden = new Set();

export function setMarks(found) {
  annotations = found;
}

function shown() {
  return annotations.filter(({ name }) => !hidden.has(name)).flatMap(({ color, marks }) => marks.map((mark) => ({ ...mark, color })));
}

// Triangles at the foot of a chart, and a shade over what lasted.
export function drawnMarks(from, to, foot) {
  const within = shown().filter(({ time, timeEnd }) => time <= to && (timeEnd ?? time) >= from);
  const point = ({ time, color }) => ({ coord: [Math.max(time, from), foot], itemStyle: { color: colour(color) } });
  const area = ({ time, timeEnd, color }) => [{ xAxis: Math.max(time, from), itemStyle: { color: colour(color), opacity: 0.09 } }, { xAxis: Math.min(timeEnd, to) }];
  return {
    markPoint: { silent: true, symbol: "triangle", symbolSize: 7, symbolOffset: [0, 3], label: { show: false }, data: within.map(point) },
    markArea: { silent: true, data: within.filter(({ timeEnd }) => timeEnd).map(area) },
  };
}

// The titles of what was marked from `from` until before `to`.
export function titlesWithin(from, to) {
  return shown().filter(({ time, timeEnd }) => time < to && (timeEnd ?? time) >= from).map(({ title, text, color }) => ({ title, text, color }));
}

export function marksControl(board, change) {
  const root = element("div", { class: "marks", role: "group", "aria-label": "Marks" });
  for (const { name, iconColor } of board.annotations.list || []) {
    const button = element("button", { type: "button", "data-marks": name, "aria-pressed": "true", title: `Show or hide ${name.toLowerCase()}` }, element("i", { style: { background: `var(--${iconColor})` } }), name);
    button.addEventListener("click", () => {
      hidden[hidden.has(name) ? "delete" : "add"](name);
      button.setAttribute("aria-pressed", String(!hidden.has(name)));
      change();
    });
    root.append(button);
  }
  return { root };
}
