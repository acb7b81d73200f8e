import type { ExpositionData, Page } from "../store/exposition.ts";

/** `labels` are rendered ones (see `label`), a comma between them. A null value is not known: no sample. */
export type Emit = (labels: string, value: number | null) => void;

interface Description {
  name: `govmatrix_${string}`;
  help: string;
}

type Pages = Pick<ExpositionData, "accounts" | "visits" | "budgets" | "replies">;
export type Source = keyof Pages;
export type RowOf<From extends Source> = Pages[From] extends readonly Page<infer Row>[] ? Row : never;

/** A gauge of accounts, fed row by row; the labels `account` and `department` are put before its own. */
export interface AccountFamily<From extends Source = Source> extends Description {
  source: From;
  samples(row: RowOf<From>, emit: Emit): void;
}

/** A gauge of the daemon. */
export interface DaemonFamily extends Description {
  source: "all";
  samples(data: ExpositionData, emit: Emit): void;
}

export type Family = { [From in Source]: AccountFamily<From> }[Source] | DaemonFamily;

// A NUL ends the text for Prometheus' lexer, and a lone surrogate has no UTF-8: both become U+FFFD.
const ESCAPES: Record<string, string> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\0": "\uFFFD" };

/** `name="value"`, escaped as the text format asks. */
export function label(name: string, value: string): string {
  return `${name}="${value.toWellFormed().replace(/[\\"\n\0]/g, (character) => ESCAPES[character] ?? "")}"`;
}
