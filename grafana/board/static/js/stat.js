// One number: its value, the change against the first point (the range before), and the way between as a sparkline.

import { element } from "./dom.js";
import { fieldOf, thresholdColour } from "./fields.js";
import { format } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 100, HEIGHT = 30;

export function drawStat(panel, body, result) {
  const at = result.columns.length - 1;
  const field = fieldOf(panel, result.columns[at].name);
  const points = result.rows.map((row) => row[at]);
  const value = points.at(-1) ?? null;
  const name = thresholdColour(field, value) || "blue";
  const parts = [
    element("div", { class: "value", "data-value": value ?? "", style: { color: `var(--${name}-text)` } }, format(value, field.unit)),
  ];
  if (panel.options.showPercentChange) parts.push(change(panel, points[0] ?? null, value, field.unit));
  if (panel.options.graphMode === "area" && value !== null) parts.push(sparkline(points, name));
  body.replaceChildren(...parts);
  return value !== null;
}

function change(panel, before, value, unit) {
  const line = element("div", { class: "change", "data-before": before ?? "" });
  if (value === null) return line;
  if (before === null) {
    line.append("no data in the range before");
    return line;
  }
  const share = before === 0 ? null : value / before - 1;
  const lessIsBetter = panel.options.percentChangeColorMode === "inverted";
  const level = share === null || Math.abs(share) < 0.005;
  const tone = level ? "level" : share > 0 !== lessIsBetter ? "better" : "worse";
  const sign = level ? "=" : share > 0 ? "▲" : "▼";
  const percent = level ? "" : ` ${format(Math.abs(share), "percentunit")}`;
  line.append(element("span", { class: tone }, `${sign}${percent}`), ` from ${format(before, unit)}`);
  line.title = `In the range before: ${format(before, unit)}`;
  return line;
}

function sparkline(points, name) {
  const known = points.map((value, at) => [at, value]).filter(([, value]) => value !== null);
  const values = known.map(([, value]) => value);
  const least = Math.min(...values), most = Math.max(...values);
  const x = (at) => (at / Math.max(points.length - 1, 1)) * WIDTH;
  const y = (value) => (most === least ? HEIGHT / 2 : HEIGHT - 2 - ((value - least) / (most - least)) * (HEIGHT - 4));
  const line = known.map(([at, value], index) => `${index ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const picture = document.createElementNS(SVG, "svg");
  for (const [key, text] of [["viewBox", `0 0 ${WIDTH} ${HEIGHT}`], ["preserveAspectRatio", "none"], ["aria-hidden", "true"], ["class", "spark"]]) {
    picture.setAttribute(key, text);
  }
  picture.style.color = `var(--${name})`;
  picture.append(path(`${line}L${x(known.at(-1)[0])} ${HEIGHT}L${x(known[0][0])} ${HEIGHT}Z`, "area"), path(line, "stroke"));
  return picture;
}

function path(d, name) {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("d", d);
  made.setAttribute("class", name);
  return made;
}

