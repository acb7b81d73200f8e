import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { panelsOf } from "../../grafana/preview/board.ts";

const ROOT = join(import.meta.dirname, "../..");

// What Grafana reads is checked against the types that the SDK makes of Grafana's own schema: each part of the JSON is
// assigned to its type, and the compiler says what does not fit.

const SDK = "@grafana/grafana-foundation-sdk";
/** Panel types by the module that describes them; stat and text have no fields of their own. */
const MODULES: Record<string, { module: string; fields: boolean }> = {
  stat: { module: "stat", fields: false },
  text: { module: "text", fields: false },
  table: { module: "table", fields: true },
  timeseries: { module: "timeseries", fields: true },
  barchart: { module: "barchart", fields: true },
  "status-history": { module: "statushistory", fields: true },
};

const PRELUDE = `
import type * as dashboard from "${SDK}/dashboard";
import type * as prometheus from "${SDK}/prometheus";
${Object.values(MODULES)
  .map(({ module }) => `import type * as ${module} from "${SDK}/${module}";`)
  .join("\n")}
type IsAny<T> = 0 extends 1 & T ? true : false;
/** As JSON: names of enums are their values, and methods are not there. */
type Plain<T> = IsAny<T> extends true ? unknown
  : T extends string ? \`\${T}\`
  : T extends number ? (\`\${T}\` extends \`\${infer N extends number}\` ? N : never)
  : T extends boolean | null | undefined ? T
  : T extends readonly (infer Item)[] ? Plain<Item>[]
  : { [Key in keyof T as T[Key] extends (...args: never[]) => unknown ? never : Key]: Plain<T[Key]> };
type Fields<Custom> = Omit<Plain<dashboard.FieldConfig>, "custom"> & { custom?: Custom };
type Panel<Type, Options, Custom> = Omit<Plain<dashboard.Panel>, "type" | "options" | "fieldConfig" | "targets"> & {
  type: Type;
  options: Plain<Options>;
  fieldConfig?: { defaults: Fields<Plain<Custom>>; overrides: Plain<dashboard.FieldConfigSource["overrides"]> };
};
type Head = Omit<Plain<dashboard.Dashboard>, "panels">;
type Row = Plain<dashboard.RowPanel>;
type PromQl = Plain<prometheus.Dataquery>;
interface Sql {
  refId: string; datasource: { type: "grafana-postgresql-datasource"; uid: string }; editorMode: "code";
  format: "table" | "time_series"; rawQuery: true; rawSql: string;
}
type Nothing = Record<string, never>;
`;

/** One constant for each part, after a comment that says where it is from. */
function partsOf(board: Dashboard): string[] {
  const { panels: _panels, ...head } = board;
  const uid = board.uid ?? "";
  const parts = [part(uid, "Head", head)];
  for (const { target } of board.annotations.list ?? []) parts.push(part(`${uid}, annotation`, "Sql", target));
  for (const panel of panelsOf(board)) {
    const where = `${uid}, panel ${panel.id}`;
    const raw = panel as unknown as Record<string, unknown>;
    if (panel.type === "row") {
      const {
        links: _links,
        targets: _targets,
        options: _options,
        fieldConfig: _fields,
        transparent: _own,
        ...row
      } = raw;
      parts.push(part(where, "Row", row));
      continue;
    }
    const { targets: _targets, ...rest } = raw;
    const { module, fields } = MODULES[panel.type] ?? { module: "unknown", fields: false };
    const custom = fields ? `${module}.FieldConfig` : "Nothing";
    parts.push(part(where, `Panel<"${panel.type}", ${module}.Options, ${custom}>`, rest));
    for (const target of panel.targets)
      parts.push(part(`${where}, query ${target.refId}`, "expr" in target ? "PromQl" : "Sql", target));
    for (const { id, value } of panel.fieldConfig.overrides.flatMap(({ properties }) => properties)) {
      const [first, name] = id.startsWith("custom.")
        ? [`Plain<${custom}>`, id.slice(7)]
        : ["Plain<dashboard.FieldConfig>", id];
      parts.push(
        part(
          `${where}, ${id}`,
          `Required<${name === "hidden" ? `${first} & { hidden?: boolean }` : first}>["${name}"]`,
          value,
        ),
      );
    }
  }
  return parts;
}

let count = 0;
function part(where: string, type: string, value: unknown): string {
  count += 1;
  return `// ${where}\nexport const part${count}: ${type} = ${JSON.stringify(value)};`;
}

/** Where the JSON of the boards is not of its type; empty when all is. */
export function schemaFaults(boards: readonly Dashboard[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-schema-"));
  try {
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
    const parts = boards.flatMap(partsOf);
    const text = [PRELUDE, ...parts].join("\n");
    writeFileSync(join(directory, "boards.ts"), text);
    writeFileSync(
      join(directory, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ["es2024"], target: "es2024" },
          ...{ module: "nodenext", moduleResolution: "nodenext" },
        },
        files: ["boards.ts"],
      }),
    );
    const { stdout, stderr, status } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["--pretty", "false"], {
      cwd: directory,
      encoding: "utf8",
    });
    if (status === 0) return [];
    const lines = text.split("\n");
    const faults = [...stdout.matchAll(/^boards\.ts\((\d+),\d+\): error \w+: (.*)$/gm)].map(([, line, message]) => {
      const place = lines.slice(0, Number(line)).findLast((one) => one.startsWith("// ")) ?? "";
      return `${place.slice(3)}: ${message}`;
    });
    return faults.length > 0 ? faults : [`the compiler says: ${stdout}${stderr}`];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
