import type { Finished } from "../shell.ts";
import { outputOf, type Stack } from "../stack.ts";
import type { Secrets } from "./secrets.ts";

const DATABASE = "govmatrix";

async function query(stack: Stack, role: string, password: string, sql: string): Promise<Finished> {
  // By stdin: a command line is everybody's to read.
  const script = `read -r PGPASSWORD; export PGPASSWORD; exec psql -h 127.0.0.1 -U "$0" -d ${DATABASE} -v ON_ERROR_STOP=1 -AtX`;
  return await stack.exec("postgres", ["sh", "-c", script, role], { stdin: `${password}\n${sql};\n` });
}

const passwordOf = ({ files }: Secrets, consumer: string, name: string) =>
  files.find((one) => one.consumer === consumer && one.file === name)?.text.trim() ?? "";

/** Answers the rows as text, asked by the role that Grafana has. */
export async function askAsReader(stack: Stack, secrets: Secrets, sql: string): Promise<string> {
  const reader = passwordOf(secrets, "grafana", "reader-password");
  return outputOf(await query(stack, "govmatrix_reader", reader, sql), sql).trim();
}

/** Grafana's role reads every view and nothing else; nobody comes in without a password. */
export async function readerReadsViewsOnly(stack: Stack, secrets: Secrets): Promise<string> {
  const ask = (sql: string) => askAsReader(stack, secrets, sql);
  const relations = "from pg_class where relnamespace = 'public'::regnamespace and relkind";
  const views = (await ask(`select oid::regclass ${relations} = 'v' order by 1`)).split("\n");
  const tables = Number(await ask(`select count(*) ${relations} in ('r', 'p', 'm')`));
  const faults: string[] = [];
  if (views.length < 5 || tables < 10) faults.push(`${views.length} views, ${tables} tables`);
  await ask(views.map((view) => `select from ${view} limit 1`).join(";\n"));
  const open = await ask(
    `select oid::regclass ${relations} in ('r', 'p', 'm') and has_any_column_privilege(oid, 'select')`,
  );
  if (open !== "") faults.push(`the reader reads ${open.replaceAll("\n", ", ")}`);
  const reader = passwordOf(secrets, "grafana", "reader-password");
  const refused = await query(stack, "govmatrix_reader", reader, "select from account");
  if (!refused.stderr.includes("permission denied")) faults.push("the reader reads account");
  const timeout = await ask("show statement_timeout");
  if (timeout === "0") faults.push("the reader's statements have no time limit");
  const stranger = await query(stack, "govmatrix_reader", "wrong", "select 1");
  if (!stranger.stderr.includes("password authentication failed")) faults.push("a wrong password lets in");
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return `${views.length} views, ${tables} tables refused, ${timeout}`;
}

/** The processes' role writes rows and does not change the schema. */
export async function applicationOwnsNothing(stack: Stack, secrets: Secrets): Promise<string> {
  const password = passwordOf(secrets, "migrate", "app-password");
  const ask = (sql: string) => query(stack, "govmatrix_app", password, sql);
  const faults: string[] = [];
  for (const sql of ["create table probe ()", "drop view v_account", "alter table account add column probe int"]) {
    const { code, stderr } = await ask(sql);
    if (code === 0 || !/permission denied|must be owner/.test(stderr)) faults.push(`${sql}: ${stderr || "done"}`);
  }
  outputOf(await ask("select count(*) from account"), "reading as the application");
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return "";
}
