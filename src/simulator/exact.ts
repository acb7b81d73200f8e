/** Node has it; TypeScript does not know it yet. */
const JSON_WITH_RAW = JSON as typeof JSON & { rawJSON(text: string): object };

/** Stands in an answer as a JSON number with every one of its digits. */
export function exactNumber(digits: string): object {
  return JSON_WITH_RAW.rawJSON(BigInt(digits).toString());
}

/** Parses JSON; integers that a double cannot hold come as bigint. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? "";
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
  });
}
