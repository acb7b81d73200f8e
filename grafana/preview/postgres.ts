import { Client } from "pg";
import { type Field, type Frame, type Kind, longToWide, type Value } from "./frames.ts";

/** By the number that Postgres gives each type. */
const KINDS: Record<number, Kind> = {
  ...{ 16: "boolean", 20: "number", 21: "number", 23: "number", 700: "number", 701: "number", 1700: "number" },
  ...{ 1082: "time", 1114: "time", 1184: "time", 18: "string", 19: "string", 25: "string", 1043: "string" },
};
const TEXTS = { getTypeParser: () => (text: string) => text };

export interface Statements {
  run(refId: string, statement: string, format: string): Promise<Frame>;
  /** Text of every row, for variables. */
  rows(statement: string): Promise<Record<string, string | null>[]>;
  close(): Promise<void>;
}

export interface StatementOptions {
  databaseUrl: string;
  timeoutMs?: number;
}

/** Reads as Grafana's role does, nothing else. */
export async function openStatements({ databaseUrl, timeoutMs = 10_000 }: StatementOptions): Promise<Statements> {
  const client = new Client({ connectionString: databaseUrl, statement_timeout: timeoutMs });
  await client.connect();
  await client.query("set time zone 'UTC'");
  await client.query("set session characteristics as transaction read only");
  await client.query("set role govmatrix_reader");
  return {
    async run(refId, statement, format) {
      const { fields, rows } = await client.query<Record<string, string | null>>({ text: statement, types: TEXTS });
      const columns = fields.map(({ name, dataTypeID }): Field => {
        const kind = KINDS[dataTypeID];
        if (kind === undefined) throw new Error(`column ${name} is of a type that Grafana shows raw (${dataTypeID})`);
        return { name, kind, values: rows.map((row) => parsed(row[name] ?? null, kind)) };
      });
      const twice = columns.find(({ name }, index) => columns.findIndex((one) => one.name === name) !== index);
      if (twice) throw new Error(`there are two columns ${twice.name}`);
      const frame = { refId, columns: columns.map(({ name }) => name), fields: columns };
      return format === "time_series" ? longToWide(frame) : frame;
    },
    async rows(statement) {
      const { rows } = await client.query<Record<string, string | null>>({ text: statement, types: TEXTS });
      return rows;
    },
    close: () => client.end(),
  };
}

/** A day is its midnight in UTC, as Grafana takes it. */
function parsed(text: string | null, kind: Kind): Value {
  if (text === null) return null;
  if (kind === "number") return Number(text);
  if (kind === "boolean") return text === "t";
  if (kind !== "time") return text;
  const iso = text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
  return Date.parse(/T.*[+-]\d\d:\d\d$/.test(iso) ? iso : iso.includes("T") ? `${iso}Z` : iso);
}
