/** A fault of the caller; answered with status 400. */
export class BadRequest extends Error {
  override name = "BadRequest";
}

export type Input = Record<string, unknown>;

export function readObject(value: unknown, place: string): Input {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new BadRequest(`${place}: expected an object`);
  return { ...value };
}

export function parseInput(text: string): Input | null {
  if (text.trim() === "") return null;
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? null : readObject(value, "body");
  } catch (error) {
    if (error instanceof BadRequest) throw error;
    throw new BadRequest("body: expected JSON");
  }
}

/** Undefined when absent; null counts as absent. */
export function optional<T>(
  input: Input,
  name: string,
  check: (value: unknown) => value is T,
  what: string,
): T | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!check(value)) throw new BadRequest(`${name}: expected ${what}`);
  return value;
}

export const isText = (value: unknown): value is string => typeof value === "string";
export const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
export const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
export const isShare = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1;

export function optionalText(input: Input, name: string): string | undefined {
  return optional(input, name, isText, "a string");
}

export function optionalFlag(input: Input, name: string): boolean | undefined {
  return optional(input, name, isFlag, "true or false");
}

export function optionalCount(input: Input, name: string): number | undefined {
  return optional(input, name, isCount, "an integer of at least 0");
}

export function optionalMoment(input: Input, name: string): number | undefined {
  const text = optionalText(input, name);
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new BadRequest(`${name}: expected an ISO 8601 moment`);
  return ms;
}

/** A misspelt name must not pass as a setting that was made. */
export function refuseUnknown(input: Input, known: readonly string[]): void {
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new BadRequest(`${unknown}: unknown name, expected one of ${known.join(", ")}`);
}
