import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix, resolve } from "node:path";
import { type TestContext, test } from "node:test";

const ROOT = resolve(import.meta.dirname, "..");
const MAX_LINES = 250;

const EVERYTHING = "everything";
/** Who may import whom. "room (types)": types only. The simulator's empty row keeps one misunderstanding from hiding on both sides. */
const ROOMS: Record<string, readonly string[]> = {
  model: [],
  calendar: ["model"],
  errors: ["model"],
  log: [],
  vault: ["errors"],
  config: ["errors"],
  platforms: ["model", "calendar", "errors", "log"],
  store: ["model", "errors", "calendar", "vault"],
  rules: ["model", "calendar"],
  embedded: ["errors", "log"],
  queue: ["config (types)", "errors", "log"],
  collectors: ["model", "calendar", "errors", "log", "platforms", "store", "rules", "vault (types)"],
  planner: ["model", "calendar", "errors", "log", "store", "queue"],
  metrics: ["model", "calendar", "store", "rules"],
  reports: ["model", "calendar", "store", "rules"],
  alerts: ["model", "calendar", "errors", "log", "store", "rules"],
  web: [
    ...["metrics", "alerts", "reports", "store", "rules", "calendar", "platforms", "config (types)", "log"],
    ...["errors", "model"],
  ],
  simulator: [],
  migrations: [],
  "grafana/boards": [],
  "grafana/preview": [],
  cli: [EVERYTHING],
  workers: [EVERYTHING],
};
/** Rooms that keep to some packages. Boards are data that only Grafana's schema shapes; their preview reads as Grafana does. */
const PACKAGES: Record<string, RegExp> = {
  migrations: /^kysely$/,
  "grafana/boards": /^(node:|@grafana\/grafana-foundation-sdk\/)/,
  "grafana/preview": /^(node:|@grafana\/grafana-foundation-sdk\/|pg$)/,
};
const CODE = /^(src|workers|migrations|grafana)\/.*\.[cm]?[jt]sx?$/;
const IGNORED = /^(\.git|\.govmatrix|node_modules|\.env|.*\.log)$/;

const READS_ENVIRONMENT = [
  /\bprocess\s*\??\.\s*env\b/,
  /\bprocess\s*\[\s*["'`]env["'`]/,
  /\{[^{}]*\benv\b[^{}]*\}\s*=\s*(globalThis\.)?process\b/,
  /from\s*["'](node:)?process["']/,
];
const REGISTRY_HOST =
  /\bregistry\.[\w-]+(\.[\w-]+)*\.(com|org|net|cn|io|dev)\b|\b(npmjs|npmmirror|yarnpkg|pypi)\.(com|org)\b/i;
const WORKPLACE_PATH = /\/work\//;
const ENUM = /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s+\w/m;
const DEFAULT_EXPORT = /^\s*export\s+default\b|^\s*export\s*\{[^}]*\bdefault\b[^}]*\}/m;

interface Import {
  specifier: string;
  typesOnly: boolean;
  dynamic: boolean;
}

/** Files of the tree with `/` between folders, without what git ignores. */
function filesOf(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.test(entry.name)) return [];
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return filesOf(root, path);
    return entry.isFile() ? [path] : [];
  });
}

function importsOf(text: string): Import[] {
  const fixed = [...text.matchAll(/^\s*(?:import|export)\b([^"'`;]*?\bfrom)?\s*["']([^"']+)["']/gm)];
  const dynamic = [...text.matchAll(/\b(?:import|require)\(\s*["'`]([^"'`]+)["'`]/g)];
  return [
    ...fixed.map(([, clause = "", specifier = ""]) => ({
      specifier,
      typesOnly: isTypesOnly(clause),
      dynamic: false,
    })),
    ...dynamic.map(([, specifier = ""]) => ({ specifier, typesOnly: false, dynamic: true })),
  ];
}

function isTypesOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{([^}]*)\}/
    .exec(clause)?.[1]
    ?.split(",")
    .filter((name) => name.trim() !== "");
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

/** `src/store/account.ts` and `src/store.ts` are of the room `store`; outside `src` and `grafana` the first folder is the room. */
function roomOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  if (first === "grafana") return `${first}/${second}`;
  return first === "src" ? second.replace(/\.[cm]?[jt]sx?$/, "") : first;
}

function importFaults(path: string, text: string): string[] {
  const room = roomOf(path);
  const allowed = ROOMS[room];
  if (allowed === undefined) return [`${path} is of no known room: ${room}`];
  return importsOf(text).flatMap(({ specifier, typesOnly }) => {
    if (!specifier.startsWith(".")) {
      return PACKAGES[room]?.test(specifier) === false ? [`${path} imports ${specifier}`] : [];
    }
    const target = roomOf(posix.join(posix.dirname(path), specifier));
    const fits =
      target === room ||
      allowed.includes(EVERYTHING) ||
      allowed.includes(target) ||
      (typesOnly && allowed.includes(`${target} (types)`));
    return fits ? [] : [`${path} imports ${target}`];
  });
}

function codeFaults(path: string, text: string): string[] {
  const faults = importFaults(path, text);
  const lines = text.split("\n").length - 1;
  if (lines > MAX_LINES) faults.push(`${path} has ${lines} lines`);
  if (path !== "src/config.ts" && READS_ENVIRONMENT.some((pattern) => pattern.test(text))) {
    faults.push(`${path} reads the environment`);
  }
  return faults;
}

/** `bin` starts before anything is installed; what it loads later, by a dynamic import, it has installed itself. */
function binFaults(path: string, text: string): string[] {
  return importsOf(text)
    .filter(({ specifier, dynamic }) => !dynamic && !/^node:|^\.\/[\w-]+\.mjs$/.test(specifier))
    .map(({ specifier }) => `${path} imports ${specifier}`);
}

function faultsOf(root: string): string[] {
  return filesOf(root).flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8");
    const faults: string[] = [];
    if (CODE.test(path)) faults.push(...codeFaults(path, text));
    if (/^bin\/.*\.mjs$/.test(path)) faults.push(...binFaults(path, text));
    if (REGISTRY_HOST.test(text)) faults.push(`${path} names a package registry's host`);
    if (WORKPLACE_PATH.test(text)) faults.push(`${path} names a path of one machine`);
    if (/\.[cm]?[jt]s$/.test(path)) {
      if (ENUM.test(text)) faults.push(`${path} declares an enum`);
      if (DEFAULT_EXPORT.test(text)) faults.push(`${path} has a default export`);
    }
    return faults;
  });
}

function madeUpTree(context: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "govmatrix-structure-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test("rooms import only the rooms that they may, and the rules of the code hold everywhere", () => {
  const files = filesOf(ROOT);
  for (const folder of ["src/", "workers/", "migrations/", "bin/"]) {
    assert.ok(
      files.some((path) => path.startsWith(folder)),
      `${folder} holds no file`,
    );
  }
  assert.deepEqual(faultsOf(ROOT), []);
});

test("imports in every form are seen, and types are told from values", () => {
  const text = [
    'import "./a.ts";',
    'import { b } from "./b.ts";',
    'import {\n  type C,\n  type D,\n} from "./c.ts";',
    'import { type E, f } from "./e.ts";',
    'import type { G } from "./g.ts";',
    'export * from "./h.ts";',
    'export type { I } from "./i.ts";',
    'import pg, { type Client } from "pg";',
    `const load = () => import(\`./k/\${name}.ts\`);`,
    'const notAnImport = db.selectFrom("account");',
  ].join("\n");
  assert.deepEqual(
    importsOf(text).map(({ specifier, typesOnly }) => `${specifier}${typesOnly ? " types" : ""}`),
    [
      ...["./a.ts", "./b.ts", "./c.ts types", "./e.ts", "./g.ts types", "./h.ts", "./i.ts types", "pg"],
      `./k/\${name}.ts`,
    ],
  );
});

test("a tree that keeps the rules has no faults", (context) => {
  const root = madeUpTree(context, {
    "src/config.ts": 'import { UserError } from "./errors.ts";\nexport const environment = process.env;\n',
    "src/queue.ts": 'import type { Config } from "./config.ts";\nimport { within } from "./queue/deadline.ts";\n',
    "src/web/server.ts":
      'import { type Config } from "../config.ts";\nimport { families } from "../metrics/index.ts";\n',
    "src/simulator/server.ts": 'import { createServer } from "node:http";\nimport { world } from "./world.ts";\n',
    "src/cli/main.ts": 'import packageJson from "../../package.json" with { type: "json" };\n',
    "workers/local.ts": 'import { homeDirectory } from "../src/cli/home.ts";\n',
    "migrations/0001.ts": 'import { sql } from "kysely";\n',
    "grafana/boards/overview.ts":
      'import { board } from "./kit/board.ts";\nimport { x } from "@grafana/grafana-foundation-sdk/stat";\n',
    "grafana/preview/run.ts": 'import { Client } from "pg";\nimport { frame } from "./frames.ts";\n',
    "bin/setup.mjs": 'import { spawn } from "node:child_process";\n',
    "bin/govmatrix.mjs": 'import { install } from "./setup.mjs";\nawait import("../src/cli/main.ts");\n',
    "node_modules/other/index.js": "export default 1;\n",
  });
  assert.deepEqual(faultsOf(root), []);
});

test("every kind of fault is found and named", (context) => {
  const host = ["registry", "example", "com"].join(".");
  const root = madeUpTree(context, {
    "README.md": `npm config set registry https://${host}\n`,
    "bin/setup.mjs": 'import { got } from "got";\nimport { config } from "../src/config.ts";\n',
    "grafana/boards/overview.ts":
      'import { run } from "../preview/run.ts";\nimport { dayOf } from "../../src/calendar.ts";\nimport { Client } from "pg";\n',
    "grafana/preview/run.ts": 'import { sql } from "kysely";\nimport { DASHBOARDS } from "../boards/index.ts";\n',
    "migrations/0001.ts": 'import { up } from "../src/store/database.ts";\nimport pg from "pg";\n',
    "src/attic/old.ts": "",
    "src/collectors/visit.ts":
      'import { run } from "../cli/main.ts";\nimport { start } from "../../workers/local.ts";\n',
    "src/model.ts": `${"\n".repeat(MAX_LINES)}enum Kind { A }\n`,
    "src/platforms/wechat/http.ts": 'import {\n  upsert,\n} from "../../store/upsert.ts";\n',
    "src/queue.ts": 'import { loadConfig } from "./config.ts";\n',
    "src/simulator/server.ts": 'import { dayOf } from "../calendar.ts";\n',
    "src/store/account.ts": "const { env } = process;\nexport default 1;\n",
    "tests/paths.ts": `const path = "${["", "work", ""].join("/")}";\n`,
    "workers/planner.ts": "const url = process.env.DATABASE_URL;\n",
  });
  assert.deepEqual(faultsOf(root).sort(), [
    "README.md names a package registry's host",
    "bin/setup.mjs imports ../src/config.ts",
    "bin/setup.mjs imports got",
    "grafana/boards/overview.ts imports calendar",
    "grafana/boards/overview.ts imports grafana/preview",
    "grafana/boards/overview.ts imports pg",
    "grafana/preview/run.ts imports grafana/boards",
    "grafana/preview/run.ts imports kysely",
    "migrations/0001.ts imports pg",
    "migrations/0001.ts imports store",
    "src/attic/old.ts is of no known room: attic",
    "src/collectors/visit.ts imports cli",
    "src/collectors/visit.ts imports workers",
    "src/model.ts declares an enum",
    "src/model.ts has 251 lines",
    "src/platforms/wechat/http.ts imports store",
    "src/queue.ts imports config",
    "src/simulator/server.ts imports calendar",
    "src/store/account.ts has a default export",
    "src/store/account.ts reads the environment",
    "tests/paths.ts names a path of one machine",
    "workers/planner.ts reads the environment",
  ]);
});
