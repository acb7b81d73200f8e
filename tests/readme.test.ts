import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Command } from "commander";
import { parse } from "yaml";
import { BOARDS } from "../grafana/boards/kit/links.ts";
import packageJson from "../package.json" with { type: "json" };
import { CHANNEL_TYPES } from "../src/alerts/channels/channel.ts";
import { channelOf } from "../src/alerts/channels/index.ts";
import { createProgram } from "../src/cli/program.ts";
import { checkRows, REGISTER_COLUMNS } from "../src/cli/register.ts";
import { readRegisterFile } from "../src/cli/registerFile.ts";
import { CHORE_NAMES, COLLECTOR_NAMES } from "../src/collectors/index.ts";
import { CAPTCHA, FOREIGN_PAGE, SLOTS_MISSED } from "../src/collectors/pages/faults.ts";
import { LEFT_OVER } from "../src/collectors/statistics/finality.ts";
import { loadConfig, VARIABLE_NAMES } from "../src/config.ts";
import { UserError } from "../src/errors.ts";
import { families } from "../src/metrics/index.ts";
import { createTelemetry } from "../src/metrics/process.ts";
import { ARTICLE_FORMS } from "../src/model.ts";
import { platformError } from "../src/platforms/wechat/errors.ts";
import { WECHAT_APIS } from "../src/platforms/wechat/index.ts";
import { loadRuleSets } from "../src/rules/sets.ts";
import { RETENTION } from "../src/store/retention.ts";
import { codes, firstCodes, READMES, type Readme, ROOT, read, section, table } from "./support/readme.ts";

const pairs = (map: Map<string, string[]>) => [...map].map(([name, labels]) => `${name} ${labels.sort()}`).sort();

function fenced(readme: Readme, language: string): string[] {
  return [...readme.text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text = ""]) => text);
}

function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-readme-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

interface Leaf {
  path: string;
  options: string[];
  arguments: number;
}

function leaves(command: Command, path: string[] = []): Leaf[] {
  if (command.commands.length > 0) return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
  const options = command.options.map((option) => option.long ?? "").sort();
  return [{ path: path.join(" "), options, arguments: command.registeredArguments.length }];
}

const byPath = (left: Leaf, right: Leaf) => left.path.localeCompare(right.path);

/** Label names by metric of a page, without those that every account's figure carries. */
function labelsOf(page: string): Map<string, string[]> {
  const types = [...page.matchAll(/^# TYPE (govmatrix_\w+) /gm)].map(([, name = ""]) => name);
  return new Map(
    types.map((name) => {
      const sample = new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, "m").exec(page)?.[1] ?? "";
      const labels = [...sample.matchAll(/(?:^|,)(\w+)="/g)].map(([, label = ""]) => label);
      return [name, labels.filter((label) => !["account", "department", "le"].includes(label))];
    }),
  );
}

test("the commands are package.json's scripts", () => {
  const scripts = Object.keys(packageJson.scripts).filter((name) => !name.startsWith("pre"));
  for (const readme of READMES) {
    const named = firstCodes(table(readme, "commands")).map(
      (code) => /^npm (?:run )?([\w:]+)$/.exec(code)?.[1] ?? code,
    );
    assert.deepEqual(named.sort(), scripts.sort(), readme.file);
  }
});

test("the CLI's commands have the arguments and options that the table names", async () => {
  const program = await createProgram([]);
  const expected = leaves(program);
  const globals = program.options.map((option) => option.long ?? "").filter((name) => name !== "--version");
  for (const readme of READMES) {
    const named = firstCodes(table(readme, "cli")).map((code) => {
      const words = code.replace(/\[[^\]]*\]|--[\w-]+ \S+|…/g, "").split(" ");
      const path = words.filter((word) => /^[a-z]+$/.test(word)).join(" ");
      const values = words.filter((word) => /[A-Z]/.test(word));
      return { path, options: [...code.matchAll(/--[\w-]+/g)].map(([name]) => name).sort(), arguments: values.length };
    });
    assert.deepEqual(named.sort(byPath), expected.sort(byPath), readme.file);
    const prose = section(readme, "cli").split("\n|")[0];
    assert.deepEqual(
      codes(prose)
        .filter((code) => code.startsWith("--"))
        .sort(),
      globals.sort(),
      readme.file,
    );
  }
});

const defaults: Record<string, unknown> = { ...loadConfig({}) };
const defaultOf = (name: string) => {
  const field = name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return defaults[field] === undefined ? null : String(defaults[field]);
};

function readsFile(name: string): boolean {
  try {
    loadConfig({ [`${name}_FILE`]: join(tmpdir(), "no-such-directory/no-such-file") });
    return false;
  } catch (error) {
    assert.ok(error instanceof UserError);
    return true;
  }
}

test("the environment's names, defaults and file twins are the configuration's", () => {
  const expected = VARIABLE_NAMES.map((name) => ({ name, fallback: defaultOf(name), file: readsFile(name) }));
  assert.ok(expected.some(({ fallback }) => fallback !== null) && expected.some(({ file }) => file));
  for (const readme of READMES) {
    const named = table(readme, "environment").map(([name, fallback = "", file]) => ({
      name: codes(name)[0],
      fallback: /^`([^`]+)`$/.exec(fallback)?.[1] ?? null,
      file: file !== "",
    }));
    assert.deepEqual(named, expected, readme.file);
  }
});

test(".env.example names every variable with its default", () => {
  const named = [...read(".env.example").matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => ({
    name,
    fallback: defaultOf(name) === null ? null : value,
  }));
  const expected = VARIABLE_NAMES.map((name) => ({ name, fallback: defaultOf(name) }));
  const byName = (left: { name: string }, right: { name: string }) => left.name.localeCompare(right.name);
  assert.deepEqual(named.sort(byName), expected.sort(byName));
});

test("the HTTP paths are the server's routes", () => {
  const source = read("src/web/server.ts").matchAll(
    /(?:\[|routes\.set\()\s*"(\/[^"]*)",\s*\{\s*methods: (?:READ|\["(\w+)"\])/g,
  );
  const routes = [...source].map(([, path, method = "GET"]) => `${method} ${path}`);
  assert.ok(routes.includes("GET /metrics") && routes.includes("POST /alerts"));
  for (const readme of READMES) {
    assert.deepEqual(firstCodes(table(readme, "http")).sort(), routes.sort(), readme.file);
  }
});

test("the alerts are the committed rules', with their levels", () => {
  const directory = "grafana/prometheus/rules";
  const files = readdirSync(join(ROOT, directory)).filter((name) => !name.endsWith(".test.yml"));
  const expected = files.flatMap((file) => {
    const rules = read(`${directory}/${file}`).matchAll(/- alert: (\w+)[\s\S]*?severity: (\w+)/g);
    return [...new Set([...rules].map(([, alert, severity]) => `${alert} ${severity}`))];
  });
  assert.ok(expected.length > files.length, "an alert has several levels");
  for (const readme of READMES) {
    let alert = "";
    const named = table(readme, "alerts").map(([name, level]) => {
      alert = codes(name)[0] ?? alert;
      return `${alert} ${codes(level)}`;
    });
    assert.deepEqual(named.sort(), expected.sort(), readme.file);
  }
});

test("the collectors are the program's, and ask together every API that it knows", () => {
  for (const readme of READMES) {
    const rows = table(readme, "collectors");
    assert.deepEqual(firstCodes(rows), [...COLLECTOR_NAMES, ...CHORE_NAMES], readme.file);
    assert.deepEqual(rows.flatMap(([, asks]) => codes(asks)).sort(), [...WECHAT_APIS].sort(), readme.file);
  }
});

test("the channels are those of the routes file, with the limits of their messages", () => {
  const expected = CHANNEL_TYPES.map((type) => `${type} ${channelOf(type).limitBytes}`);
  for (const readme of READMES) {
    const named = table(readme, "channels").map(
      ([type, , limit = ""]) => `${codes(type)[0]} ${/[\d,]+/.exec(limit)?.[0].replaceAll(",", "")}`,
    );
    assert.deepEqual(named, expected, readme.file);
  }
});

test("the boards are those that are written, in their order, with their titles", () => {
  const expected = Object.entries(BOARDS).map(([uid, title]) => `${title} \`${uid}\``);
  for (const readme of READMES) {
    const named = table(readme, "boards").map(([board]) => board);
    assert.deepEqual(named, expected, readme.file);
  }
});

test("the operations manual says the same in both languages", () => {
  const [english, chinese] = ["docs/operations.md", "docs/operations.zh-CN.md"].map((file) => {
    const text = read(file);
    const links = [...text.matchAll(/\]\(([^)#:]+)/g)].map(([, path = ""]) => path);
    assert.ok(links.length > 2, file);
    for (const path of links) assert.ok(existsSync(join(ROOT, "docs", path)), `${file} links to ${path}`);
    const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
    return {
      commands: blocks.map((block) => block.replace(/ +# .*$/gm, "").replace(/--comment='.*'/, "")),
      rows: text.split("\n").filter((line) => line.startsWith("|")).length,
      headings: [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ /gm)].map(([mark]) => mark),
    };
  });
  assert.ok(english && english.commands.length > 10);
  assert.deepEqual(chinese, english);
});

test("the commands of the operations manual name services of the compose file", () => {
  const { services } = parse(read("docker-compose.yml"), { merge: true });
  const blocks = [...read("docs/operations.md").matchAll(/^```\w*\n([\s\S]*?)^```$/gm)]
    .map(([block]) => block)
    .join("");
  const named = [...blocks.replace(/#.*|"[^"]*"/g, "").matchAll(/docker compose ([^|&)\n]+)/g)].flatMap(
    ([, words = ""]) => {
      const [verb, ...rest] = words
        .replace(/(?<!\S)(-[pv]|--(user|profile|scale)) \S+|(?<!\S)-\S+/g, "")
        .trim()
        .split(/\s+/);
      return verb === "run" || verb === "exec" ? rest.slice(0, 1) : rest;
    },
  );
  assert.ok(named.length > 30);
  for (const service of named) assert.ok(Object.hasOwn(services, service), service);
});

test("the metrics are those of the families and of the processes, with their labels", async () => {
  const telemetry = createTelemetry({ version: "0" });
  telemetry.observeRequest({ platform: "p", api: "a", errorClass: "c", seconds: 1 });
  telemetry.requestNeeded("p", "a", 1);
  telemetry.observeVisit({ collector: "c", code: "1", seconds: 1 });
  telemetry.observeNotification({ channel: "c", failure: "f" });
  telemetry.watchQueue("q", async () => ({ waiting: 1 }));
  const fromStore = labelsOf(read("tests/golden/metrics.txt"));
  assert.deepEqual(
    [...fromStore.keys()].sort(),
    families.map(({ name }) => name).sort(),
    "the golden page is complete",
  );
  const expected = new Map([...fromStore, ...labelsOf(await telemetry.metrics())]);
  const ofAccounts = families.filter(({ source }) => source !== "all").map(({ name }) => name as string);
  for (const readme of READMES) {
    const accounts = table(readme, "accountMetrics");
    const rows = [...accounts, ...table(readme, "processMetrics")];
    const named = new Map(rows.map(([name, labels]) => [codes(name)[0] ?? "", codes(labels)]));
    assert.deepEqual(pairs(named), pairs(expected), readme.file);
    assert.equal(named.size, rows.length, `${readme.file} names a metric twice`);
    assert.deepEqual(firstCodes(accounts).sort(), ofAccounts.sort(), readme.file);
  }
});

test("the forms of articles are those of the model", () => {
  for (const readme of READMES) {
    const [, forms = ""] = /`v_article\.form`([\s\S]*?)`v_article\.state`/.exec(section(readme, "views")) ?? [];
    assert.deepEqual(codes(forms).sort(), [...ARTICLE_FORMS].sort(), readme.file);
  }
});

test("each table is kept as long as the program keeps it", () => {
  const daysIn = (text: string) => [...text.matchAll(/(\d+) (?:days|天)/g)].map(([, days]) => Number(days)).sort();
  const expected = Object.entries(RETENTION).map(([name, { rule }]) => ({ name, days: daysIn(rule) }));
  assert.ok(expected.some(({ days }) => days.length > 1));
  const byName = (left: { name: string }, right: { name: string }) => left.name.localeCompare(right.name);
  for (const readme of READMES) {
    const named = table(readme, "retention").flatMap(([, rule = "", tables]) =>
      codes(tables).map((name) => ({ name, days: daysIn(rule) })),
    );
    assert.deepEqual(named.sort(byName), expected.sort(byName), readme.file);
  }
});

test("the register's columns are those of the import, and the examples can be imported", (context) => {
  const directory = temporaryDirectory(context);
  const required = checkRows([{ line: 1, values: {} }], loadRuleSets()).faults.map(({ column }) => column);
  for (const readme of READMES) {
    const rows = table(readme, "columns");
    assert.deepEqual(firstCodes(rows), REGISTER_COLUMNS, readme.file);
    assert.deepEqual(firstCodes(rows.filter(([, mark]) => mark !== "")), required, readme.file);
    const yaml = fenced(readme, "yaml").filter((text) => text.startsWith("departments:"));
    for (const [ending, examples] of Object.entries({ csv: fenced(readme, "csv"), yaml })) {
      assert.equal(examples.length, 1, `${readme.file} has one example as ${ending}`);
      const file = join(directory, `register.${ending}`);
      writeFileSync(file, examples.join());
      const { checked, faults } = checkRows(readRegisterFile(file), loadRuleSets());
      assert.deepEqual(faults, [], `${readme.file} ${ending}`);
      assert.ok(checked.length > 0 && checked.every(({ entry }) => entry.secret), `${readme.file} ${ending}`);
    }
  }
});

test("the example of a rule set can be loaded", (context) => {
  for (const readme of READMES) {
    const directory = temporaryDirectory(context);
    const [example = ""] = fenced(readme, "yaml").filter((text) => text.includes("update_interval_days:"));
    writeFileSync(join(directory, "example.yaml"), example);
    assert.ok(loadRuleSets(directory).size > loadRuleSets().size, readme.file);
  }
});

test("every code in the table of faults is one that the program knows", () => {
  const ours = new Set([LEFT_OVER, CAPTCHA, FOREIGN_PAGE, SLOTS_MISSED]);
  for (const readme of READMES) {
    for (const code of firstCodes(table(readme, "faults")).filter((code) => !ours.has(code))) {
      const { name } = platformError(code, { api: "stable_token", now: new Date(0) });
      assert.notEqual(name, "UnknownPlatformError", `${readme.file}: ${code}`);
    }
  }
});

test("files and links that the READMEs name exist", () => {
  for (const { file, text } of READMES) {
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => path);
    const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
    const paths = codes(prose).filter((code) => /^(src|workers|migrations|tests|bin)\/[\w./-]*$/.test(code));
    assert.ok(links.length > 0 && paths.length > 10, file);
    for (const path of [...links, ...paths]) assert.ok(existsSync(join(ROOT, path)), `${file} names ${path}`);
  }
});

test("both READMEs state the same number of decisions", () => {
  const [english, chinese] = READMES.map((readme) => table(readme, "decisions").length);
  assert.equal(english, chinese);
});
