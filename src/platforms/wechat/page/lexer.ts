export interface Token {
  /** `other`: a regular expression, a broken literal. */
  kind: "name" | "number" | "string" | "punctuation" | "other" | "end";
  /** The value of a string, the source of anything else. */
  text: string;
}

const END: Token = { kind: "end", text: "" };
const NAME = /[A-Za-z_$][\w$]*/y;
const NUMBER = /\d[\w.]*/y;
/** After these a slash starts a regular expression, after other names it divides. */
const BEFORE_EXPRESSION = new Set(["return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else"]);
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", 0: "\0" };
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|(\r\n|[\s\S]))/gi;

/**
 * The tokens of a script, one at each call. Broken literals are passed over up to the end of their line, so that the
 * time is proportional to the length whatever the text.
 */
export function createLexer(source: string): () => Token {
  let position = 0;
  let previous: Token = { kind: "punctuation", text: ";" };

  function take(pattern: RegExp): string {
    pattern.lastIndex = position;
    const text = pattern.exec(source)?.[0] ?? "";
    position += text.length;
    return text;
  }

  function skipPast(text: string): void {
    const found = source.indexOf(text, position);
    position = found === -1 ? source.length : found + text.length;
  }

  /** Where the literal that starts here ends, with its last mark; -1 when nothing ends it. */
  function endOfLiteral(mark: string): number {
    let inClass = false;
    for (let at = position + 1; at < source.length; at += 1) {
      const character = source[at];
      if (character === "\\") at += 1;
      else if (character === "\n" && mark !== "`") return -1;
      else if (character === mark && !inClass) return at + 1;
      else if (mark === "/" && character === "[") inClass = true;
      else if (mark === "/" && character === "]") inClass = false;
    }
    return -1;
  }

  function literal(mark: string): Token {
    const end = endOfLiteral(mark);
    const start = position;
    if (end === -1) {
      if (mark === "`") position = source.length;
      else skipPast("\n");
      return { kind: "other", text: mark };
    }
    position = end;
    return mark === "/"
      ? { kind: "other", text: mark }
      : { kind: "string", text: unescapeLiteral(source.slice(start + 1, end - 1)) };
  }

  function divides(): boolean {
    if (previous.kind === "punctuation") return [")", "]", "}"].includes(previous.text);
    return previous.kind !== "name" || !BEFORE_EXPRESSION.has(previous.text);
  }

  function scan(): Token {
    while (position < source.length) {
      const character = source[position] ?? "";
      const pair = source.slice(position, position + 2);
      if (character <= " " || character === "\u00a0" || character === "\ufeff") position += 1;
      else if (pair === "//") skipPast("\n");
      else if (pair === "/*") skipPast("*/");
      else if (character === '"' || character === "'" || character === "`") return literal(character);
      else if (character === "/" && !divides()) return literal(character);
      else if (/[A-Za-z_$]/.test(character)) return { kind: "name", text: take(NAME) };
      else if (/\d/.test(character)) return { kind: "number", text: take(NUMBER) };
      else {
        const operator = ["||", "==", "=>", "&&"].includes(pair) ? pair : character;
        position += operator.length;
        return { kind: "punctuation", text: operator };
      }
    }
    return END;
  }

  return () => {
    previous = scan();
    return previous;
  };
}

/** What the escapes of a string literal stand for. */
export function unescapeLiteral(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(ESCAPE, (_escape, hex?: string, unit?: string, point?: string, other = "") => {
    const digits = hex ?? unit ?? point;
    if (digits !== undefined) {
      const code = Number.parseInt(digits, 16);
      return code > 0x10ffff ? "" : point === undefined ? String.fromCharCode(code) : String.fromCodePoint(code);
    }
    return other === "\n" || other === "\r\n" ? "" : (ESCAPES[other] ?? other);
  });
}
