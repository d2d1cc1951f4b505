// Tables: sortable, with links and coloured numbers; a refresh leaves order and scroll position alone.

import { element, safeAddress } from "./dom.js";
import { fieldOf, isMoment, isText, thresholdColour } from "./fields.js";
import { format, moment, NOTHING } from "./format.js";

const orders = new WeakMap();

export function drawTable(panel, body, result) {
  if (result.rows.length === 0) return false;
  const shown = result.columns
    .map((column, at) => ({ column, at, field: fieldOf(panel, column.name) }))
    .filter(({ field }) => !field.custom.hidden);
  let frame = body.querySelector(".scroll");
  if (!frame) {
    frame = body.appendChild(element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": panel.title }));
    frame.append(element("table", {}, element("thead"), element("tbody")));
  }
  const redraw = () => fill(frame, shown, result, redraw);
  redraw();
  return true;
}

function fill(frame, shown, result, redraw) {
  const order = orders.get(frame);
  const focused = frame.contains(document.activeElement) ? document.activeElement.dataset.column : null;
  frame.querySelector("thead").replaceChildren(element("tr", {}, ...shown.map((one) => heading(one, order, frame, redraw))));
  const rows = order ? sorted(result.rows, order) : result.rows;
  frame.querySelector("tbody").replaceChildren(...rows.map((row) => element("tr", {}, ...shown.map((one) => cell(one, row, result)))));
  if (focused) frame.querySelector(`[data-column="${CSS.escape(focused)}"]`)?.focus();
}

function heading({ column, at }, order, frame, redraw) {
  const sorting = order?.at === at ? (order.up ? "ascending" : "descending") : null;
  const sort = () => {
    orders.set(frame, { at, up: order?.at === at ? !order.up : isText(column) });
    redraw();
  };
  const button = element("button", { type: "button", "data-column": column.name, onclick: sort }, column.name);
  return element("th", { scope: "col", class: side(column), "aria-sort": sorting }, button);
}

function side(column) {
  return isText(column) || isMoment(column) ? "text" : "number";
}

function sorted(rows, { at, up }) {
  const sign = up ? 1 : -1;
  return [...rows].sort(({ [at]: a }, { [at]: b }) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "number" ? a - b : String(a).localeCompare(String(b)));
  });
}

function cell({ column, at, field }, row, result) {
  const value = row[at];
  const text = format(value, isMoment(column) && field.unit === "none" ? "dateTimeAsIso" : field.unit);
  const tone = field.custom.cellOptions?.type === "color-text" ? thresholdColour(field, value) : null;
  const made = element("td", {
    class: `${side(column)}${text === NOTHING ? " none" : ""}`,
    "data-value": value ?? "",
    title: isMoment(column) ? moment(value) : isText(column) ? value : null,
    style: tone ? { color: `var(--${tone}-text)` } : {},
  });
  const link = field.links?.[0];
  const address = link && safeAddress(resolve(link.url, value, row, result.columns));
  const outside = link?.targetBlank ? { target: "_blank", rel: "noopener noreferrer" } : {};
  made.append(address && text !== NOTHING ? element("a", { href: address, ...outside }, text) : text);
  return made;
}

// Grafana's variables of a data link.
function resolve(template, value, row, columns) {
  const time = new URLSearchParams();
  for (const name of ["from", "to"]) {
    const text = new URLSearchParams(location.search).get(name);
    if (text) time.set(name, text);
  }
  return template
    .replace("${__url_time_range}", time.toString())
    .replace("${__value.raw}", encodeURIComponent(value ?? ""))
    .replace(/\$\{__data\.fields\.(\w+)\}/g, (_, name) => row[columns.findIndex((column) => column.name === name)] ?? "");
}
