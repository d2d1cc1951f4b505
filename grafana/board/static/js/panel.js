// One panel: its frame, and the states that it can be in (loading, ready, empty, error).

import { drawBars } from "./bars.js";
import { element } from "./dom.js";
import { disposeChart, drawSeries } from "./series.js";
import { drawStat } from "./stat.js";
import { drawTable } from "./table.js";

const DRAW = { stat: drawStat, timeseries: drawSeries, table: drawTable, bargauge: drawBars };
const EMPTY = "Empty? ";

export class Panel {
  constructor(model) {
    this.model = model;
    const [about, filledBy] = (model.description || "").split(`\n\n${EMPTY}`);
    this.filledBy = filledBy || "No data in this range.";
    this.body = element("div", { class: "body" });
    this.note = element("div", { class: "note", role: "note", hidden: true });
    const heading = `panel-${model.id}`;
    this.element = element(
      "section",
      { class: `panel ${model.type}`, "data-panel": model.id, "data-state": "loading", "aria-labelledby": heading, style: place(model.gridPos) },
      element("header", {}, element("h3", { id: heading, title: model.title }, model.title), info(model, about)),
      this.body,
      this.note,
    );
  }

  show(result) {
    const text = JSON.stringify(result.rows);
    const same = text === this.drawn && this.element.dataset.state !== "error" && this.model.type !== "timeseries";
    this.latest = result;
    // Ages move on while their moments stay, so tables are drawn each time; the browser keeps what is equal.
    if (same && this.model.type !== "table") return;
    this.drawn = text;
    const filled = result.rows.length > 0 && DRAW[this.model.type](this.model, this.body, result);
    if (!filled && this.model.type !== "stat") this.clear();
    if (!filled && result.rows.length === 0 && this.model.type === "stat") this.body.replaceChildren(element("div", { class: "value none", "data-value": "" }, "—"));
    this.state(filled ? "ready" : "empty", filled ? "" : this.filledBy);
  }

  fail(message) {
    this.state("error", message);
  }

  redraw() {
    if (!this.latest) return;
    this.drawn = null;
    this.show(this.latest);
  }

  clear() {
    disposeChart(this.body);
    this.body.replaceChildren();
  }

  state(name, text) {
    this.element.dataset.state = name;
    this.note.hidden = !text;
    this.note.replaceChildren(element("p", {}, ...words(text)));
    this.note.setAttribute("role", name === "error" ? "alert" : "note");
  }
}

export function rowHeading(model) {
  return element("h2", { class: "row", style: place(model.gridPos) }, model.title);
}

// `commands` of a text stand out.
function words(text) {
  return text.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));
}

function place({ x, y, w, h }) {
  return { "--x": x + 1, "--y": y + 1, "--w": w, "--h": h };
}

function info(model, about) {
  if (!about) return null;
  const id = `about-${model.id}`;
  const button = element("button", { class: "info", type: "button", "aria-label": `About ${model.title}`, "aria-describedby": id }, "i");
  const side = model.gridPos.x < 6 && model.gridPos.w < 8 ? "about left" : "about";
  return element("span", { class: side }, button, element("span", { class: "bubble", role: "tooltip", id }, about));
}
