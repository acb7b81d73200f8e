import { readFileSync } from "node:fs";
import { CsvError, type Info, parse as parseCsv } from "csv-parse/sync";
import { isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { UserError } from "../errors.ts";
import type { RegisterRow } from "./register.ts";

/** Spreadsheets on Chinese Windows save CSV in GB 18030; UTF-8 tells itself apart by its strict form. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

/** The rows of a register in CSV; `file` is what messages call it. */
export function readCsv(text: string, file: string): RegisterRow[] {
  try {
    const records = parseCsv(text, {
      bom: true,
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      skip_empty_lines: true,
      trim: true,
      info: true,
      relax_column_count_less: true,
    }) as unknown as { record: Record<string, string>; info: Info }[];
    return records.map(({ record, info }) => ({ line: info.lines, values: record }));
  } catch (error) {
    if (error instanceof CsvError) throw new UserError(`${file}: line ${error.lines}: not a CSV row (${error.code})`);
    throw error;
  }
}

const scalars = (map: YAMLMap) =>
  Object.fromEntries(
    map.items.flatMap((pair) =>
      isSeq(pair.value) || isMap(pair.value) ? [] : [[String(pair.key), String(pair.value ?? "").trim()]],
    ),
  );

/** In YAML a department may hold its accounts, and `code` and `name` need no prefix there. */
function prefixed(values: Record<string, string>, prefix: "department" | "account"): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key === "code" || key === "name" ? `${prefix}_${key}` : key, value]),
  );
}

function readYaml(text: string, file: string): RegisterRow[] {
  const lines = new LineCounter();
  // "failsafe": every scalar is text, so that a secret of digits stays what it is.
  const document = parseDocument(text, { lineCounter: lines, schema: "failsafe" });
  const [fault] = document.errors;
  if (fault) throw new UserError(`${file}: line ${fault.linePos?.[0].line ?? 1}: not YAML (${fault.code})`);
  const root = document.contents;
  if (!isMap(root)) throw new UserError(`${file}: expected a list named departments or accounts`);

  const lineOf = (node: Node) => lines.linePos(node.range?.[0] ?? 0).line;
  const listOf = (map: YAMLMap, name: string): YAMLMap[] => {
    const list = map.get(name);
    return isSeq(list) ? list.items.filter((item) => isMap(item)) : [];
  };
  const rowOf = (account: YAMLMap, department: Record<string, string>) => ({
    line: lineOf(account),
    values: { ...department, ...prefixed(scalars(account), "account") },
  });
  const departments = listOf(root, "departments").map((map) => ({ map, values: prefixed(scalars(map), "department") }));
  const names = new Map(departments.map(({ values }) => [values.department_code, values.department_name ?? ""]));
  return [
    ...departments.flatMap(({ map, values }) => listOf(map, "accounts").map((account) => rowOf(account, values))),
    ...listOf(root, "accounts").map((account) => {
      const row = rowOf(account, {});
      return { ...row, values: { department_name: names.get(row.values.department_code) ?? "", ...row.values } };
    }),
  ];
}

/** The rows of a register, CSV or (by its ending) YAML. Throws `UserError` when the file cannot be read as such. */
export function readRegisterFile(file: string): RegisterRow[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UserError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const text = decode(bytes);
  return /\.ya?ml$/i.test(file) ? readYaml(text, file) : readCsv(text, file);
}
