// Light or dark: the system's choice until a person makes one.

const KEY = "pipegauge-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

export function toggleTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
}

export function onSystemTheme(listener) {
  system.addEventListener("change", listener);
}

// A colour of the stylesheet, by Grafana's name for it (`green`) or by ours (`line`).
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export const PALETTE = ["blue", "orange", "green", "purple", "red", "teal", "yellow", "pink"];
