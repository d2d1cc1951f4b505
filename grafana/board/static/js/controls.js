// The header's controls. Each tells what was chosen and changes nothing itself.

import { ALL } from "./address.js";
import { element } from "./dom.js";

const RANGES = [
  ["Last 15 minutes", "now-15m", "now"], ["Last hour", "now-1h", "now"], ["Last 6 hours", "now-6h", "now"],
  ["Last 24 hours", "now-24h", "now"], ["Last 7 days", "now-7d", "now"], ["Last 14 days", "now-14d", "now"],
  ["Last 28 days", "now-28d", "now"], ["Last 90 days", "now-90d", "now"], ["Last year", "now-1y", "now"],
  ["Today", "now/d", "now/d"], ["Yesterday", "now-1d/d", "now-1d/d"], ["This week", "now/w", "now/w"],
];
const REFRESHES = ["", "5s", "10s", "30s", "1m", "5m"];

// A button that opens a box; Escape or a click elsewhere closes it, focus returns to the button.
export function popover(label, name) {
  const value = element("span", { class: "chosen" });
  const box = element("div", { class: "box", role: "dialog", "aria-label": label, hidden: true });
  const button = element("button", { type: "button", class: "open", "aria-haspopup": "dialog", "aria-expanded": "false" }, element("span", { class: "label" }, label), value);
  const root = element("div", { class: "control", "data-control": name }, button, box);
  const show = (open) => {
    box.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) box.querySelector("input, button")?.focus();
  };
  button.addEventListener("click", () => show(box.hidden));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !box.hidden) {
      show(false);
      button.focus();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event, box);
  });
  document.addEventListener("pointerdown", (event) => root.contains(event.target) || show(false));
  root.addEventListener("focusout", (event) => event.relatedTarget && !root.contains(event.relatedTarget) && show(false));
  return { root, box, value, close: () => show(false) };
}

function move(event, box) {
  const items = [...box.querySelectorAll("input, button")];
  const at = items.indexOf(document.activeElement);
  if (at === -1) return;
  event.preventDefault();
  items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].focus();
}

export function variableControl(variable, change) {
  const { root, box, value } = popover(variable.label || variable.name, variable.name);
  let key = "";
  return {
    root,
    show(options, chosen) {
      const all = chosen.includes(ALL);
      value.textContent = all ? "All" : chosen.length > 2 ? `${chosen.length} chosen` : chosen.join(", ");
      const names = [...new Set([...options, ...chosen.filter((name) => name !== ALL)])];
      const next = JSON.stringify([names, chosen]);
      if (next === key) return;
      key = next;
      const focused = box.contains(document.activeElement) ? document.activeElement.value : null;
      const pick = (name, checked) => {
        const kept = chosen.filter((other) => other !== ALL && other !== name);
        const picked = checked ? [...kept, name] : kept;
        change(name === ALL || picked.length === 0 ? [ALL] : picked);
      };
      box.replaceChildren(option("All", ALL, all, pick), ...names.map((name) => option(name, name, chosen.includes(name), pick)));
      if (focused) [...box.querySelectorAll("input")].find((input) => input.value === focused)?.focus();
    },
  };
}

function option(text, value, checked, pick) {
  const input = element("input", { type: "checkbox", value, onchange: (event) => pick(value, event.target.checked) });
  input.checked = checked;
  return element("label", { class: "option" }, input, element("span", {}, text));
}

export function rangeControl(change) {
  const { root, box, value, close } = popover("Time", "time");
  const from = element("input", { type: "text", name: "from", spellcheck: "false", autocomplete: "off" });
  const to = element("input", { type: "text", name: "to", spellcheck: "false", autocomplete: "off" });
  const choose = (start, end) => {
    close();
    change(start, end);
  };
  const form = element("form", { class: "custom" }, element("label", {}, "From", from), element("label", {}, "To", to), element("button", { type: "submit", class: "apply" }, "Apply"), element("p", {}, "now-7d, now-1d/d, 2026-11-23 or 2026-11-23T10:00"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    choose(from.value.trim(), to.value.trim());
  });
  const quick = RANGES.map(([text, start, end]) => element("button", { type: "button", class: "option", "data-from": start, "data-to": end, onclick: () => choose(start, end) }, text));
  box.classList.add("wide");
  box.append(element("div", { class: "quick" }, ...quick), form);
  return {
    root,
    show(start, end) {
      const known = RANGES.find(([, a, b]) => a === start && b === end);
      value.textContent = known ? known[0] : `${words(start)} → ${words(end)}`;
      if (!box.contains(document.activeElement)) [from.value, to.value] = [start, end];
      for (const button of quick) button.setAttribute("aria-pressed", String(button.dataset.from === start && button.dataset.to === end));
    },
  };
}

function words(text) {
  return /^\d{9,}$/.test(text) ? new Date(Number(text)).toISOString().slice(0, 16).replace("T", " ") : text;
}

export function refreshControl(change, now) {
  const select = element("select", { "aria-label": "Refresh", name: "refresh", onchange: () => change(select.value) }, ...REFRESHES.map((text) => element("option", { value: text }, text ? `every ${text}` : "off")));
  const button = element("button", { type: "button", class: "icon", "aria-label": "Refresh now", title: "Refresh now", onclick: now }, "⟳");
  return {
    root: element("div", { class: "control pair", "data-control": "refresh" }, button, select),
    show(refresh) {
      if (![...select.options].some(({ value }) => value === refresh)) select.append(element("option", { value: refresh }, `every ${refresh}`));
      select.value = refresh;
    },
  };
}

export function themeControl(change) {
  const button = element("button", { type: "button", class: "icon alone", "aria-label": "Light or dark", title: "Light or dark", "data-control": "theme", onclick: change }, "◐");
  return { root: button };
}
