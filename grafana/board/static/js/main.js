// The board: reads the address, draws the committed dashboard, keeps it fresh.

import { ALL, boardUid, parametersOf, queryVariables, readAddress, writeAddress } from "./address.js";
import { fetchBoard, fetchMarks, fetchOptions, fetchPanel } from "./api.js";
import { rangeControl, refreshControl, themeControl, variableControl } from "./controls.js";
import { element } from "./dom.js";
import { marksControl, setMarks } from "./marks.js";
import { Panel, rowHeading } from "./panel.js";
import { onSystemTheme, toggleTheme } from "./theme.js";

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000 };

class Page {
  constructor(board) {
    this.board = board;
    this.state = readAddress(board);
    this.options = {};
    this.grid = document.getElementById("panels");
    this.pulse = document.getElementById("pulse");
    this.panels = board.panels.filter(({ type }) => type !== "row").map((model) => new Panel(model));
    const frames = new Map(this.panels.map((panel) => [panel.model.id, panel.element]));
    this.grid.replaceChildren(...board.panels.map((model) => frames.get(model.id) || rowHeading(model)));
    this.build();
  }

  build() {
    this.variables = new Map(
      queryVariables(this.board).map((variable) => [variable.name, variableControl(variable, (values) => this.choose(variable.name, values))]),
    );
    this.range = rangeControl((from, to) => this.change({ from, to }));
    this.refresh = refreshControl((refresh) => this.change({ refresh }), () => this.load());
    const theme = themeControl(() => {
      toggleTheme();
      this.redraw();
    });
    const marks = marksControl(this.board, () => this.redraw());
    const controls = [marks, ...this.variables.values(), this.range, this.refresh, theme];
    document.getElementById("controls").replaceChildren(...controls.map(({ root }) => root));
    document.getElementById("title").textContent = this.board.title;
    this.links = (this.board.links || []).map((link) => [link, element("a", {}, link.title)]);
    document.getElementById("boards").replaceChildren(...this.links.map(([, anchor]) => anchor));
    document.title = `${this.board.title} · pipegauge`;
    addEventListener("popstate", () => {
      this.state = readAddress(this.board);
      this.load();
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.load());
    onSystemTheme(() => this.redraw());
    setInterval(() => this.tell(), 1_000);
  }

  choose(name, values) {
    const variables = { ...this.state.variables, [name]: values };
    // A narrower team leaves services behind that are not its own.
    if (name === "team" && "service" in variables) variables.service = [ALL];
    this.change({ variables });
  }

  change(part) {
    this.state = { ...this.state, ...part };
    writeAddress(this.state);
    this.load();
  }

  async load() {
    clearTimeout(this.timer);
    this.running?.abort();
    const running = (this.running = new AbortController());
    this.showControls();
    this.grid.setAttribute("aria-busy", "true");
    const parameters = parametersOf(this.state);
    const marks = this.loadMarks(parameters, running.signal);
    const failures = await Promise.all([marks, this.loadOptions(parameters, running.signal), ...this.panels.map((panel) => this.loadPanel(panel, parameters, running.signal, marks))]);
    if (running.signal.aborted) return;
    this.grid.setAttribute("aria-busy", "false");
    this.failed = failures.some(Boolean);
    if (!this.failed) this.loadedAt = Date.now();
    this.tell();
    this.schedule();
  }

  async loadOptions(parameters, signal) {
    return this.attempt(signal, async () => {
      this.options = await fetchOptions(this.board.uid, parameters, signal);
      this.showControls();
    });
  }

  async loadMarks(parameters, signal) {
    if (!this.board.annotations.list?.length) return false;
    return this.attempt(signal, async () => setMarks(await fetchMarks(this.board.uid, parameters, signal)));
  }

  // A chart is drawn with the marks of its own time range.
  async loadPanel(panel, parameters, signal, marks) {
    return this.attempt(
      signal,
      async () => panel.show((await Promise.all([fetchPanel(this.board.uid, panel.model.id, parameters, signal), marks]))[0]),
      (message) => panel.fail(message),
    );
  }

  // Whether it failed: one panel's error is shown there and leaves the others alone.
  async attempt(signal, work, fail = () => {}) {
    try {
      await work();
      return false;
    } catch (error) {
      if (signal.aborted) return false;
      fail(error.message);
      return true;
    }
  }

  schedule() {
    const match = /^(\d+)([smh])$/.exec(this.state.refresh);
    if (!match) return;
    const wait = Math.max(Number(match[1]) * UNITS[match[2]], 1_000);
    this.timer = setTimeout(() => (document.hidden ? this.schedule() : this.load()), wait);
  }

  showControls() {
    for (const [name, control] of this.variables) control.show(this.options[name] || [], this.state.variables[name]);
    this.range.show(this.state.from, this.state.to);
    this.refresh.show(this.state.refresh);
    for (const [link, anchor] of this.links) {
      const time = new URLSearchParams({ from: this.state.from, to: this.state.to });
      anchor.href = link.keepTime ? `${link.url}?${time}` : link.url;
    }
  }

  redraw() {
    for (const panel of this.panels) panel.redraw();
  }

  tell() {
    if (!this.loadedAt && !this.failed) return;
    const seconds = Math.round((Date.now() - this.loadedAt) / 1_000);
    const age = !this.loadedAt ? "" : seconds < 2 ? "Updated now" : `Updated ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} ago`;
    this.pulse.dataset.state = this.failed ? "error" : this.state.refresh ? "live" : "still";
    this.pulse.querySelector(".text").textContent = this.failed ? "Some panels failed" : age;
  }
}

try {
  const page = new Page(await fetchBoard(boardUid()));
  await page.load();
} catch (error) {
  const grid = document.getElementById("panels");
  grid.replaceChildren(Object.assign(document.createElement("p"), { className: "notice", textContent: error.message }));
  grid.setAttribute("aria-busy", "false");
}
