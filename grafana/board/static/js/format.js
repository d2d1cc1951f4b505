// Numbers as people read them. A value that is not known is a dash, never a zero.

export const NOTHING = "—";
const GAP = "\u202f";
const SECOND = 1_000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const DURATIONS = [[DAY * 2, DAY, "d"], [HOUR, HOUR, "h"], [MINUTE, MINUTE, "min"], [SECOND, SECOND, "s"]];
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 20 * SECOND, 30 * SECOND, MINUTE,
  2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY,
  2 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 56 * DAY, 112 * DAY, 224 * DAY, 448 * DAY,
];

export function format(value, unit, now = Date.now()) {
  if (value === null || value === undefined || value === "") return NOTHING;
  switch (unit) {
    case "ms": return duration(value);
    case "s": return duration(value * SECOND);
    case "percentunit": return `${digits(value * 100, value > 0 && value < 1 ? 1 : 0)}${GAP}%`;
    case "short": return short(value);
    case "dateTimeFromNow": return ago(now - value);
    case "dateTimeAsIso": return moment(value);
    default: return typeof value === "number" ? plain(value) : String(value);
  }
}

export function duration(milliseconds) {
  if (milliseconds === 0) return "0";
  const size = Math.abs(milliseconds);
  const [, divisor, name] = DURATIONS.find(([from]) => size >= from) || [0, 1, "ms"];
  const number = milliseconds / divisor;
  return `${digits(number, Number.isInteger(number) || Math.abs(number) >= 100 ? 0 : 1)}${GAP}${name}`;
}

export function ago(milliseconds) {
  return milliseconds < SECOND ? "just now" : `${duration(milliseconds).replace(/[.,]\d/, "")} ago`;
}

export function moment(value) {
  const time = new Date(value);
  const pad = (number) => String(number).padStart(2, "0");
  const day = `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
  return `${day} ${pad(time.getHours())}:${pad(time.getMinutes())}`;
}

// A mark of an axis: all marks share the unit of their step, so that they read as one scale.
export function mark(value, unit, step) {
  if (unit !== "ms" || value === 0) return format(value, unit);
  const [, divisor, name] = DURATIONS.find(([, size]) => step >= size) || [0, 1, "ms"];
  return `${digits(value / divisor, 1)}${GAP}${name}`;
}

// The distance between two marks of an axis, such that about four fit below `most`.
export function axisStep(most, unit) {
  if (unit === "ms") return STEPS.find((step) => step >= most / 5) || Math.ceil(most / 5 / DAY) * DAY;
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
  return unit === "short" ? Math.max(1, Math.ceil(step)) : step;
}

// A rate of a few a day is no zero.
function plain(value) {
  return value !== 0 && Math.abs(value) < 0.1 ? value.toLocaleString("en", { maximumSignificantDigits: 2 }) : digits(value, Number.isInteger(value) ? 0 : 2);
}

function short(value) {
  const [divisor, name] = [[1e9, "B"], [1e6, "M"], [1e4, "k"]].find(([from]) => Math.abs(value) >= from) || [1, ""];
  const number = value / (name === "k" ? 1e3 : divisor);
  return digits(number, Number.isInteger(number) ? 0 : 1) + name;
}

function digits(number, count) {
  return number.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: count });
}
