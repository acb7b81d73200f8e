import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");
export const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

export interface Readme {
  file: string;
  text: string;
  headings: Record<keyof typeof ENGLISH, string>;
}

const ENGLISH = {
  columns: "Register columns",
  faults: "Faults",
  commands: "Commands",
  alerts: "Alerts",
  channels: "Channels",
  boards: "Boards",
  cli: "CLI",
  environment: "Environment",
  http: "HTTP",
  collectors: "Collectors",
  accountMetrics: "Metrics of accounts",
  processMetrics: "Metrics of the processes",
  views: "Views",
  retention: "Retention",
  decisions: "Decisions",
};
const CHINESE: typeof ENGLISH = {
  columns: "登记表各列",
  faults: "故障代码",
  commands: "常用命令",
  alerts: "告警",
  channels: "通知渠道",
  boards: "看板",
  cli: "命令行",
  environment: "环境变量",
  http: "HTTP 接口",
  collectors: "采集项",
  accountMetrics: "账号指标",
  processMetrics: "进程指标",
  views: "数据库视图",
  retention: "数据保留期限",
  decisions: "设计取舍",
};
export const READMES: Readme[] = [
  { file: "README.md", text: read("README.md"), headings: ENGLISH },
  { file: "README.zh-CN.md", text: read("README.zh-CN.md"), headings: CHINESE },
];

/** The text under a heading, up to the next heading of any level. */
export function section(readme: Readme, name: keyof typeof ENGLISH): string {
  const heading = readme.headings[name];
  const found = new RegExp(`^#{2,4} ${heading}\\n([\\s\\S]*?)(?=^#{2,4} |(?![\\s\\S]))`, "m").exec(readme.text);
  assert.ok(found?.[1], `${readme.file} has no heading "${heading}"`);
  return found[1];
}

/** Body rows of the table under a heading, as cells. */
export function table(readme: Readme, name: keyof typeof ENGLISH): string[][] {
  const lines = section(readme, name)
    .split("\n")
    .filter((line) => line.startsWith("|"));
  const rows = lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
  assert.ok(rows.length > 0, `${readme.file} has no table under "${readme.headings[name]}"`);
  return rows;
}

export const codes = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
export const firstCodes = (rows: string[][]) => rows.map(([cell]) => codes(cell)[0] ?? `no code in: ${cell}`);
