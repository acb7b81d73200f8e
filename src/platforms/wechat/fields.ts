import { isDay } from "../../calendar.ts";
import type { Day } from "../../model.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** The month in which the platform opened. */
const FIRST_SECOND = Date.parse("2012-08-01T00:00:00+08:00") / 1000;
/** Clocks differ. */
export const AHEAD_SECONDS = 600;

/** Larger than any number of people; the store keeps counts in four bytes. */
const MAX_COUNT = 2_147_483_647;

/** The answer says something that we do not understand. Names the place and never the value. */
export class ShapeFault extends Error {
  override readonly name = "ShapeFault";

  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`);
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * `path` ends with a dot, or is empty at the top. A field that is absent or null, and a text without a character, reads
 * as null everywhere below.
 */
export function readCount(fields: Fields, name: string, path = ""): number | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  const count = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= MAX_COUNT) return count;
  throw new ShapeFault(path + name, "a count");
}

export function readDecimal(fields: Fields, name: string, path = ""): number | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number) || number < 0 || number > MAX_COUNT) {
    throw new ShapeFault(path + name, "a decimal number");
  }
  return round(number);
}

/** A share of 0..1. What lies above is none, and nothing tells what it is. */
export function readRatio(fields: Fields, name: string, path = ""): number | null {
  const ratio = readDecimal(fields, name, path);
  return ratio !== null && ratio > 1 ? null : ratio;
}

export function readText(fields: Fields, name: string, path = ""): string | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value !== "string") throw new ShapeFault(path + name, "a text");
  // Postgres refuses NUL and lone surrogates.
  const text = value.replaceAll("\0", "").toWellFormed();
  return text.trim() === "" ? null : text;
}

export function readFlag(fields: Fields, name: string, path = ""): boolean | null {
  const value = fields[name] ?? null;
  if (value === null || typeof value === "boolean") return value;
  if (value === 0 || value === 1) return value === 1;
  throw new ShapeFault(path + name, "true or false");
}

/** A day between `from` and `to`, which must be there. */
export function readDay(fields: Fields, name: string, path: string, from: Day, to: Day): Day {
  const value = fields[name];
  if (typeof value !== "string" || !isDay(value)) throw new ShapeFault(path + name, "a day as YYYY-MM-DD");
  if (value < from || value > to) throw new ShapeFault(path + name, `a day from ${from} to ${to}`);
  return value;
}

/** A moment, which must be there: Unix seconds since the platform opened and until `now`. */
export function readMoment(fields: Fields, name: string, path: string, now: Date): Date {
  const second = readCount(fields, name, path);
  if (second === null || second < FIRST_SECOND || second > now.getTime() / 1000 + AHEAD_SECONDS) {
    throw new ShapeFault(path + name, "Unix seconds since the platform opened and until now");
  }
  return new Date(second * 1000);
}

/** The elements of a list with the path of each; an absent list is empty. */
export function readList(fields: Fields, name: string, path = ""): { item: Fields; path: string }[] {
  return readItems(fields, name, path).map((item, index) => readItem(item, `${path}${name}[${index}]`));
}

/**
 * What `read` makes of the elements of a list that it understands; `leaveOut` is told of the others. A list of which
 * nothing is understood is none.
 */
export function readUnderstood<Row>(
  fields: Fields,
  name: string,
  read: (item: Fields, path: string) => Row,
  leaveOut: (fault: ShapeFault) => void,
): Row[] {
  const faults: ShapeFault[] = [];
  const rows = readItems(fields, name).flatMap((value, index) => {
    try {
      const { item, path } = readItem(value, `${name}[${index}]`);
      return [read(item, path)];
    } catch (error) {
      if (!(error instanceof ShapeFault)) throw error;
      faults.push(error);
      return [];
    }
  });
  if (faults[0] && rows.length === 0) throw faults[0];
  faults.forEach(leaveOut);
  return rows;
}

function readItems(fields: Fields, name: string, path = ""): unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw new ShapeFault(path + name, "a list");
  return value;
}

function readItem(item: unknown, path: string): { item: Fields; path: string } {
  if (!isFields(item)) throw new ShapeFault(path, "an object");
  return { item, path: `${path}.` };
}

export function round(number: number): number {
  return Math.round(number * 1e6) / 1e6;
}
