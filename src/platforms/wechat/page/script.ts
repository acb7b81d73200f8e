import { BRACKETS, openBlocks } from "./blocks.ts";
import { createLexer, type Token } from "./lexer.ts";

/** What a literal says: a number is its source text; null is anything that only running the script would tell. */
export type Value = string | null | Value[] | Map<string, Value>;

export interface Assignment {
  name: string;
  /** How many braces it stands in. */
  depth: number;
  value: Value;
}

const MAX_DEPTH = 16;
/** Many times what a page's scripts say. */
const MAX_FOUND = 1_000;

/**
 * The values that a script's literals give to the wanted variables, as `var x = …` or `window.x = …`, in their order.
 * What a loop or a call gives does not count.
 * Nothing is run: `"" || "a"` is read as `a`, `"1" * 1` as `1`, and a function's result as its first argument
 * (`htmlDecode("a")`, `JsDecode('a')`).
 */
export function assignmentsOf(script: string, wanted: ReadonlySet<string>): Assignment[] {
  const found: Assignment[] = [];
  const next = createLexer(script);
  let token = next();
  const advance = () => {
    const passed = token;
    token = next();
    return passed;
  };
  const at = (text: string) => token.kind === "punctuation" && token.text === text;

  /** Goes on to the end of this value: a comma, a semicolon or a closing bracket of the same level. */
  function skipRest(): void {
    const open: string[] = [];
    while (token.kind !== "end") {
      if (token.kind === "punctuation") {
        const closing = BRACKETS[token.text];
        if (closing !== undefined) open.push(closing);
        else if (open.length === 0 && ",;)]}".includes(token.text)) return;
        else if (open.at(-1) === token.text) open.pop();
      }
      advance();
    }
  }

  function readList(closing: string, depth: number): Value[] {
    const values: Value[] = [];
    advance();
    while (token.kind !== "end" && !at(closing) && !at(";")) {
      values.push(readValue(depth + 1));
      skipRest();
      if (at(",")) advance();
      else if (!at(closing)) break;
    }
    if (at(closing)) advance();
    return values;
  }

  function readObject(depth: number): Map<string, Value> {
    const fields = new Map<string, Value>();
    advance();
    while (token.kind !== "end" && !at("}") && !at(";")) {
      const key = advance();
      if (at(":")) {
        advance();
        const value = readValue(depth + 1);
        if (key.kind !== "punctuation" && !fields.has(key.text)) fields.set(key.text, value);
      }
      skipRest();
      if (at(",")) advance();
      else if (!at("}")) break;
    }
    if (at("}")) advance();
    return fields;
  }

  function readTerm(depth: number): Value {
    if (depth > MAX_DEPTH || token.kind === "end") return null;
    if (token.kind === "string" || token.kind === "number") return advance().text;
    if (at("{")) return readObject(depth);
    if (at("[")) return readList("]", depth);
    if (at("(")) return readList(")", depth).at(-1) ?? null;
    if (token.kind !== "name") return null;
    skipPath(depth);
    if (at("(")) return readList(")", depth)[0] ?? null;
    if (!at("=")) return null;
    advance();
    return readValue(depth + 1);
  }

  /** Passes over `window.a["b"]`. */
  function skipPath(depth: number): void {
    advance();
    while (at(".") || at("[")) {
      if (at("[")) readList("]", depth);
      else advance();
      if (token.kind === "name") advance();
    }
  }

  function readValue(depth: number): Value {
    let value = readTerm(depth);
    while (token.kind === "punctuation") {
      if (at("||")) {
        advance();
        const other = readTerm(depth + 1);
        if (value === null || value === "") value = other;
      } else if (at("*")) {
        advance();
        readTerm(depth + 1);
      } else if (at(".")) {
        advance();
        readTerm(depth + 1);
      } else if (",;)]}".includes(token.text)) {
        return value;
      } else {
        // An operator that is not known here: what it makes of the value is not known either.
        return null;
      }
    }
    return value;
  }

  const blocks = openBlocks();
  let before: [Token | null, Token | null, Token | null] = [null, null, null];
  while (token.kind !== "end" && found.length < MAX_FOUND && !blocks.isLost()) {
    const [third, second, first] = before;
    const declared = blocks.declares(first);
    const ofWindow = first?.text === "." && second?.text === "window" && third?.text !== ".";
    const passed = advance();
    blocks.pass(passed, first);
    before = [second, first, passed];
    if (passed.kind === "name" && wanted.has(passed.text) && at("=") && (declared || ofWindow)) {
      advance();
      found.push({ name: passed.text, depth: blocks.depth(), value: readValue(0) });
    }
  }
  return found;
}
