/** Values as Grafana writes them, by its ids of units. */

const ZONE = "Asia/Shanghai";

/** As many digits as make a difference, when nobody says how many. */
function fixed(value: number, decimals?: number): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  if (value % 1 === 0) return value.toFixed(0);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const digits = 1 - exponent;
  return value.toFixed(Math.max(0, Math.abs(value) * 10 ** digits > 2.25 ? digits + 1 : digits));
}

type Format = (value: number, decimals?: number) => string;

/** The first step that the value lies under; the last has no end. */
const stepped =
  (steps: readonly (readonly [under: number, by: number, suffix: string])[]): Format =>
  (value, decimals) => {
    const [, by, suffix] = steps.find(([under]) => Math.abs(value) < under) ?? steps.at(-1) ?? [0, 1, ""];
    return `${fixed(value / by, decimals)}${suffix}`;
  };

const HOUR = 3_600;
const DAY = 86_400;
const SECONDS = [
  ...([
    [1e-3, 1e-6, " µs"],
    [1, 1e-3, " ms"],
    [60, 1, " s"],
    [HOUR, 60, " min"],
    [DAY, HOUR, " hour"],
  ] as const),
  ...([
    [7 * DAY, DAY, " day"],
    [365 * DAY, 7 * DAY, " week"],
    [Number.POSITIVE_INFINITY, 365.25 * DAY, " year"],
  ] as const),
];
const inSeconds = stepped(SECONDS);
const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"].map(
  (name, power) => [1024 ** (power + 1), 1024 ** power, ` ${name}`] as const,
);
const thousands = (suffix: string) =>
  stepped(
    ["", " K", " Mil", " Bil"].map((name, power) => [1000 ** (power + 1), 1000 ** power, `${name}${suffix}`] as const),
  );

const FORMATS: Record<string, Format> = {
  none: fixed,
  string: (value) => String(value),
  short: thousands(""),
  sishort: thousands(""),
  locale: (value, decimals) => Number(fixed(value, decimals)).toLocaleString("zh-CN", { maximumFractionDigits: 20 }),
  percent: (value, decimals) => `${fixed(value, decimals)}%`,
  percentunit: (value, decimals) => `${fixed(value * 100, decimals)}%`,
  ms: (value, decimals) => inSeconds(value / 1_000, decimals),
  s: (value, decimals) => (value === 0 ? "0 s" : inSeconds(value, decimals)),
  m: (value, decimals) => inSeconds(value * 60, decimals),
  h: (value, decimals) => inSeconds(value * HOUR, decimals),
  d: (value, decimals) => inSeconds(value * DAY, decimals),
  bytes: stepped(BYTES),
  decbytes: thousands("B"),
  reqps: thousands(" req/s"),
  ops: thousands(" ops/s"),
  cps: thousands(" c/s"),
  reqpm: thousands(" req/m"),
  opm: thousands(" ops/m"),
  dateTimeAsIso: (value) => moment(value, "YYYY-MM-DD HH:mm:ss"),
  dateTimeFromNow: (value) => moment(value, "YYYY-MM-DD HH:mm"),
};

/** In Beijing time; the letters of moment.js that boards use. */
export function moment(ms: number, pattern: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    ...{ timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  }).formatToParts(ms);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  const names: Record<string, string> = {
    ...{ YYYY: part("year"), YY: part("year").slice(2), MM: part("month"), M: String(Number(part("month"))) },
    ...{ DD: part("day"), D: String(Number(part("day"))), HH: part("hour"), mm: part("minute"), ss: part("second") },
  };
  return pattern.replace(/\[([^\]]*)\]|YYYY|YY|MM|M|DD|D|HH|mm|ss/g, (all, literal) => literal ?? names[all] ?? all);
}

/** Null: Grafana knows no such unit, or the preview does not. */
export function formatOf(unit: string): Format | null {
  const known = FORMATS[unit];
  if (known) return known;
  const [, kind, rest = ""] = /^(prefix|suffix|time):(.*)$/s.exec(unit) ?? [];
  if (kind === "prefix") return (value, decimals) => `${rest}${fixed(value, decimals)}`;
  if (kind === "suffix") return (value, decimals) => `${fixed(value, decimals)}${rest}`;
  if (kind === "time") return (value) => moment(value, rest);
  return null;
}

export function format(value: number, unit = "none", decimals?: number): string {
  const known = formatOf(unit);
  if (!known) throw new Error(`unknown unit ${unit}`);
  return known(value, decimals);
}
