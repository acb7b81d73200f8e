import type { Token } from "./lexer.ts";

export const BRACKETS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const DECLARATIONS = new Set(["var", "let", "const"]);

/** No script nests as deep; what does is none. */
const MAX_OPEN = 1_000;

export interface Blocks {
  isLost(): boolean;
  /** How many braces are open. */
  depth(): number;
  /** Whether a name after this token is one that a `var`, `let` or `const` of a statement declares. */
  declares(before: Token | null): boolean;
  pass(token: Token, before: Token | null): void;
}

/** Follows the brackets of a script, to tell a statement's declarations from those of a loop or a call. */
export function openBlocks(): Blocks {
  const open = [{ bracket: "{", declaring: false }];
  let depth = 0;

  function close(): void {
    if (open.pop()?.bracket === "{") depth -= 1;
  }

  return {
    isLost: () => open.length > MAX_OPEN,
    depth: () => depth,
    declares(before) {
      const block = open.at(-1);
      if (!block?.declaring || block.bracket !== "{" || before === null) return false;
      return before.kind === "name"
        ? DECLARATIONS.has(before.text)
        : before.kind === "punctuation" && before.text === ",";
    },
    pass(token, before) {
      if (token.kind === "name" && DECLARATIONS.has(token.text) && before?.text !== "(") {
        // No statement stands between round or square brackets: a broken literal has left them open.
        while (open.at(-1)?.bracket !== "{") close();
      }
      const block = open.at(-1);
      if (!block) return;
      if (token.kind === "name" && DECLARATIONS.has(token.text)) block.declaring = before?.text !== "(";
      if (token.kind !== "punctuation") return;
      if (token.text === ";") block.declaring = false;
      else if (token.text in BRACKETS) {
        if (token.text === "{") depth += 1;
        open.push({ bracket: token.text, declaring: false });
      } else if (open.length > 1 && BRACKETS[block.bracket] === token.text) close();
    },
  };
}
