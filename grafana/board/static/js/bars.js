// A bar a row, named by the first column and as long as its number.

import { element } from "./dom.js";
import { fieldOf, thresholdColour } from "./fields.js";
import { format } from "./format.js";

export function drawBars(panel, body, result) {
  if (result.rows.length === 0) return false;
  const field = fieldOf(panel, result.columns[1].name);
  const most = Math.max(...result.rows.map(([, value]) => value ?? 0)) || 1;
  const bars = result.rows.map(([name, value]) => {
    const tone = thresholdColour(field, value) || "blue";
    const length = `${(100 * (value ?? 0)) / most}%`;
    return element(
      "li",
      { "data-name": name, "data-value": value ?? "" },
      element("span", { class: "name", title: name }, name),
      element("span", { class: "number", style: { color: `var(--${tone}-text)` } }, format(value, field.unit)),
      element("span", { class: "track" }, element("span", { class: "fill", style: { width: length, background: `var(--${tone})` } })),
    );
  });
  body.replaceChildren(element("ol", { class: "bars" }, ...bars));
  return true;
}
