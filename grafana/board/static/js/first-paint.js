// Runs before anything is drawn, so that a chosen theme never flashes in the other one.
const chosen = localStorage.getItem("pipegauge-theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
