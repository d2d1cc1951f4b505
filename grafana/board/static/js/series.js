// Lines and stacked columns over time, drawn by ECharts. A refresh swaps the data of the chart that stands.

import { element } from "./dom.js";
import { fieldOf, seriesOf } from "./fields.js";
import { axisStep, format, mark, moment } from "./format.js";
import { drawnMarks, titlesWithin } from "./marks.js";
import { colour, PALETTE } from "./theme.js";

export function drawSeries(panel, body, result) {
  const series = aligned(seriesOf(panel, result));
  const drawn = series.some(({ points }) => points.some(([, value]) => value !== null));
  if (!drawn) return false;
  const canvas = body.querySelector(".chart") || body.appendChild(element("div", { class: "chart", role: "img" }));
  canvas.setAttribute("aria-label", summary(panel, series));
  const chart = echarts.getInstanceByDom(canvas) || start(canvas);
  const drawing = option(panel, series, result);
  chart.setOption(drawing, { replaceMerge: ["series"] });
  legend(body, chart, drawing.series);
  return true;
}

// A legend of buttons, because one on the canvas can be neither read aloud nor reached by keyboard.
function legend(body, chart, series) {
  const list = body.querySelector(".legend") || body.appendChild(element("ul", { class: "legend" }));
  const hidden = new Set([...list.querySelectorAll("[aria-pressed=false]")].map(({ value }) => value));
  const key = JSON.stringify([series.map(({ name, color }) => [name, color]), [...hidden]]);
  for (const name of hidden) chart.dispatchAction({ type: "legendUnSelect", name });
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...series.map(({ name, color }) => {
    const button = element("button", { type: "button", value: name, "aria-pressed": String(!hidden.has(name)) }, element("i", { style: { background: color } }), name);
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!shown));
      chart.dispatchAction({ type: shown ? "legendUnSelect" : "legendSelect", name });
    });
    return element("li", {}, button);
  }));
}

// Every series gets every time: columns are stacked by their place in the series, not by their time.
function aligned(series) {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([time]) => time)))].sort((a, b) => a - b);
  return series.map(({ name, points }) => {
    const values = new Map(points);
    return { name, points: times.map((time) => [time, values.get(time) ?? null]) };
  });
}

function start(canvas) {
  const chart = echarts.init(canvas, null, { renderer: "canvas" });
  new ResizeObserver(() => chart.isDisposed() || chart.resize()).observe(canvas);
  return chart;
}

export function disposeChart(body) {
  const canvas = body.querySelector(".chart");
  if (canvas) echarts.getInstanceByDom(canvas)?.dispose();
}

function option(panel, series, result) {
  const { unit, max, custom = {} } = panel.fieldConfig.defaults;
  const stacked = custom.stacking?.mode === "normal";
  const times = series.flatMap(({ points }) => points.map(([time]) => time));
  const fontFamily = getComputedStyle(document.body).fontFamily;
  const text = { color: colour("text-2"), fontFamily, fontSize: 11 };
  const vertical = yAxis(series, stacked, unit, max, custom, text);
  const drawn = series.map((one, at) => drawnSeries(panel, one, at, series.length, stacked));
  Object.assign(drawn[0], drawnMarks(Math.min(result.from, ...times), result.to, vertical.min));
  return {
    animation: false,
    grid: { left: 8, right: 14, top: 12, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { show: false },
    tooltip: { trigger: "axis", confine: true, padding: 0, borderWidth: 0, backgroundColor: "transparent", extraCssText: "box-shadow:none", formatter: (items) => tooltip(items, unit, stacked, result.interval), axisPointer: { type: stacked ? "shadow" : "line", lineStyle: { color: colour("text-3"), type: "solid" }, shadowStyle: { color: colour("hover") } } },
    xAxis: { type: "time", min: Math.min(result.from, ...times), max: result.to, axisLine: { lineStyle: { color: colour("line") } }, axisTick: { show: false }, axisLabel: { ...text, hideOverlap: true, formatter: TIMES }, splitLine: { show: false } },
    yAxis: vertical,
    series: drawn,
  };
}

const TIMES = { year: "{yyyy}", month: "{d} {MMM}", day: "{d} {MMM}", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}:{ss}" };

function yAxis(series, stacked, unit, max, custom, text) {
  const values = stacked ? sums(series) : series.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
  const most = Math.max(max ?? 0, ...values) || 1;
  const least = Math.min(custom.axisSoftMin ?? 0, ...values);
  const step = axisStep(most - least, unit);
  return {
    type: "value",
    min: Math.floor(least / step + 1e-9) * step,
    max: max ?? Math.ceil(most / step - 1e-9) * step,
    interval: step,
    axisLabel: { ...text, formatter: (value) => mark(value, unit, step) },
    splitLine: { lineStyle: { color: colour("grid") } },
  };
}

function sums(series) {
  const totals = new Map();
  for (const { points } of series) for (const [time, value] of points) totals.set(time, (totals.get(time) || 0) + (value || 0));
  return [...totals.values()];
}

function drawnSeries(panel, { name, points }, at, count, stacked) {
  const field = fieldOf(panel, name);
  const tone = colour(field.color?.fixedColor || PALETTE[at % PALETTE.length]);
  const common = { id: name, name, data: points, color: tone, emphasis: { focus: "series" } };
  if (stacked) {
    return { ...common, type: "bar", stack: "all", barMaxWidth: 26, barMinWidth: 2, itemStyle: { borderRadius: at === count - 1 ? [2, 2, 0, 0] : 0 } };
  }
  return {
    ...common,
    type: "line",
    showSymbol: points.length < 80,
    symbol: "circle",
    symbolSize: 5,
    lineStyle: { width: 2 },
    areaStyle: count === 1 ? { opacity: 0.08 } : undefined,
    connectNulls: true,
    markLine: at === 0 ? redLine(field) : undefined,
  };
}

function redLine(field) {
  const line = field.custom.thresholdsStyle?.mode === "dashed" ? field.thresholds.steps.find((step) => step.value !== null && step.value !== undefined) : null;
  if (!line) return undefined;
  const label = { formatter: format(line.value, field.unit), position: "insideEndTop", color: colour("red-text"), fontSize: 11 };
  return { silent: true, symbol: "none", data: [{ yAxis: line.value }], lineStyle: { color: colour("red"), type: "dashed", width: 1 }, label };
}

const MARKS_TOLD = 5;

function tooltip(items, unit, stacked, interval) {
  const rows = items.filter(({ value }) => value[1] !== null && value[1] !== undefined);
  const lines = rows.map(({ seriesName, color, value }) => line(seriesName, color, format(value[1], unit)));
  if (stacked && rows.length > 1) lines.push(line("total", "transparent", format(rows.reduce((sum, { value }) => sum + value[1], 0), unit)));
  const time = items[0].value[0];
  const marks = titlesWithin(time, time + interval);
  const told = marks.slice(0, MARKS_TOLD).map(({ title, text, color }) => line(title, colour(color), text));
  if (marks.length > MARKS_TOLD) told.push(line(`${marks.length - MARKS_TOLD} more`, "transparent", ""));
  return element("div", { class: "tip" }, element("div", { class: "when" }, moment(time)), ...lines, ...told);
}

function line(name, tone, value) {
  return element("div", { class: "line" }, element("i", { style: { background: tone } }), element("span", {}, name), element("b", {}, value));
}

function summary(panel, series) {
  const { unit } = panel.fieldConfig.defaults;
  const latest = series.map(({ name, points }) => `${name} ${format(points.findLast(([, value]) => value !== null)?.[1], unit)}`);
  return `${panel.title}. Latest: ${latest.join(", ")}`;
}
