import { readFileSync } from "node:fs";
import { CsvError, type Info, parse as parseCsv } from "csv-parse/sync";
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { UserError } from "../errors.ts";
import type { RegisterRow } from "./register.ts";

/** First bytes of a .xlsx or .ods file. */
const ZIP = "PK\u0003\u0004";

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
    const [header, ...rows] = parseCsv(text, {
      bom: true,
      skip_empty_lines: true,
      // Spreadsheets save rows that were once in use as commas alone.
      skip_records_with_empty_values: true,
      trim: true,
      info: true,
      relax_column_count: true,
    }) as unknown as { record: string[]; info: Info }[];
    const columns = (header?.record ?? []).map((name) => name.toLowerCase());
    const twice = columns.find((name, index) => name !== "" && columns.indexOf(name) !== index);
    if (twice !== undefined) throw new UserError(`${file}: line 1: the column ${twice} stands there twice`);
    return rows.map(({ record, info }) => ({
      // A quoted value may span lines, and the parser names the last one.
      line: info.lines - record.join("").split("\n").length + 1,
      values: Object.fromEntries(record.map((value, index) => [columns[index] || `column ${index + 1}`, value])),
    }));
  } catch (error) {
    if (error instanceof CsvError) throw new UserError(`${file}: line ${error.lines}: not a CSV row (${error.code})`);
    throw error;
  }
}

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
  const [broken] = document.errors;
  if (broken) throw new UserError(`${file}: line ${broken.linePos?.[0].line ?? 1}: not YAML (${broken.code})`);
  const root = document.contents;
  if (!isMap(root)) throw new UserError(`${file}: expected a list named departments or accounts`);

  const lineOf = (node: Node) => lines.linePos(node.range?.[0] ?? 0).line;
  const fault = (node: Node, expected: string) => new UserError(`${file}: line ${lineOf(node)}: ${expected}`);
  const listOf = (map: YAMLMap, name: string): YAMLMap[] => {
    const list = map.get(name, true) as Node | undefined;
    if (list === undefined || (isScalar(list) && !list.value)) return [];
    if (!isSeq(list)) throw fault(list, `expected a list of ${name}`);
    return list.items.map((item) => {
      if (isMap(item)) return item;
      throw fault(isNode(item) ? item : list, `expected ${name} with a value for each column`);
    });
  };
  const scalars = (map: YAMLMap, list?: string) =>
    Object.fromEntries(
      map.items.flatMap(({ key, value }) => {
        if (String(key) === list) return [];
        if (isSeq(value) || isMap(value)) throw fault(value, `${key}: expected a single value`);
        return [[String(key), String(value ?? "").trim()]];
      }),
    );
  const rowOf = (account: YAMLMap, department: Record<string, string>) => ({
    line: lineOf(account),
    values: { ...department, ...prefixed(scalars(account), "account") },
  });
  const departments = listOf(root, "departments").map((map) => ({
    map,
    values: prefixed(scalars(map, "accounts"), "department"),
  }));
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
  if (Buffer.from(bytes).subarray(0, 4).toString("latin1") === ZIP) {
    throw new UserError(`${file}: is a workbook of a spreadsheet program: save it as CSV first`);
  }
  const text = decode(bytes);
  const rows = /\.ya?ml$/i.test(file) ? readYaml(text, file) : readCsv(text, file);
  if (rows.length === 0) throw new UserError(`${file}: holds no account: expected a header line and a row for each`);
  return rows;
}
