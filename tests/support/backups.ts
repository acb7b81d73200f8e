import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { Client } from "pg";
import { type Commands, commands } from "./cli.ts";
import { type County, startCounty } from "./county.ts";
import { databaseText } from "./dump.ts";
import { migrated } from "./migrated.ts";

/** What COPY, JSON and CSV each have to escape. */
export const NASTY = "a\tb\nc\r\n\\.\n\\N \\\\ \"q\", 's' 云溪 🏮 \u0001";

export interface BackupReport {
  file: string;
  bytes: number;
  tables: Record<string, number>;
  migrations: string[];
}

export async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** A visited county with rows in every table, and with values that are hard to write down. */
export async function fullCounty(t: TestContext): Promise<County> {
  const county = await startCounty(t, { accounts: 3 });
  await county.collect();
  const client = new Client({ connectionString: county.url });
  await client.connect();
  const [id] = (await client.query("select min(id) from account")).rows.map(({ min }) => min as number);
  await client.query("update account set name = $1, contact_name = '' where id = $2", [NASTY, id]);
  await client.query(
    "insert into audit (at, actor, action, subject, detail) values ('2026-11-02 08:05:06.789012+08', 'test', 'test', $1, $2)",
    [NASTY, { text: NASTY }],
  );
  await client.query("insert into planner (ticked_at) values (now())");
  await client.query("insert into page_bucket (next_at) values (now())");
  await client.query("insert into visit (account_id, collector, next_due_at) values (null, 'test', now())");
  await client.query("insert into profile (account_id, verified, fetched_at) values ($1, true, 'infinity')", [id]);
  await client.query(
    `insert into raw_answer (at, account_id, platform, api, fault, bytes, body)
     values (now(), null, 'wechat', 'test', 'test', 1000000, $1)`,
    [`${NASTY}${"云".repeat(400_000)}`],
  );
  await client.query(
    `insert into publication (account_id, object_id, position, updated_at, deleted, first_seen_at)
     values ($1, 'test', 1, now(), false, now())`,
    [id],
  );
  await client.query("insert into hash_key (key) values ('sealed')");
  await client.query("insert into holiday_year values (2026, $1, 'infinity')", [{ text: NASTY }]);
  await client.query("insert into holiday_files (documents) values ($1)", [JSON.stringify([{ text: NASTY }])]);
  await client.query("insert into reply_channel (account_id, channel) values ($1, 'message')", [id]);
  await client.query(
    "insert into comment_look select account_id, msgid, now(), null, 'unknown_article' from article where account_id = $1",
    [id],
  );
  await client.query("insert into reply_message values ($1, 'person', now(), false, '', 0, true)", [id]);
  await client.query(
    `insert into reply_greeting (account_id, text_hash, automatic, persons, uses, within_seconds)
     values ($1, 'hash', true, 1, 2, 3)`,
    [id],
  );
  await client.query(
    `insert into reply_case (account_id, channel, received_at, length, question, first_seen_at, excluded_reason)
     values ($1, 'comment', '2026-11-02 08:05:06.789012+08', 0, false, now(), $2)`,
    [id, NASTY],
  );
  await client.query(
    `insert into alert_episode (alert, account_id, severity, firing, started_at, seen_at)
     values ('AccountPublishDue', $1, 'critical', '{info,critical}', '2026-11-02 08:05:06.789012+08', 'infinity')`,
    [id],
  );
  await client.query(
    "insert into alert_event (episode_id, kind, severity, at) select id, 'fired', severity, started_at from alert_episode",
  );
  await client.query("insert into digest values ('2026-11-02', null, now())");
  await client.query(
    `insert into notification (event_id, recipient, hops, channel, created_at, next_at)
     select id, 'duty', $1, 'chat', at, at from alert_event`,
    [JSON.stringify([{ channel: "chat", target: NASTY }])],
  );
  await client.query(
    `insert into notification (digest_day, sheet, recipient, hops, channel, created_at, next_at)
     values ('2026-11-02', $1, 'duty', '[]', 'chat', now(), 'infinity')`,
    [JSON.stringify({ text: NASTY })],
  );
  await client.query("insert into notification_target (channel, reason, next_at) values ('chat', $1, now())", [NASTY]);
  await client.query("insert into notification_send (channel, at) values ('chat', now())");
  await client.query("insert into alert_watchdog (seen_at) values (now())");
  await client.query("insert into reply_percentile values ('county', '', 'working', 0, 0.1, null, 1e-7, null, now())");
  await client.query("update article_day set finish_rate = 0.1 + 0.2, average_read_seconds = 1e-7 where readers > 50");
  await client.end();
  return county;
}

/** A database with one account, whose secret no key opens. */
export async function smallDatabase(t: TestContext): Promise<string> {
  const { url } = await migrated.create(t);
  await query(
    url,
    "insert into department values ('education', '教育局')",
    `insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
     values ('yunxi', 'education', '云溪', 'wechat', 'wx1', 'running', 'national-2019', now())`,
    "insert into credential values (1, 'v1.00000000.nonce.sealed', now())",
  );
  return url;
}

/** Rows by table of schema public, in an order that says nothing; who held a visit is left out. */
export async function rowsOf(url: string): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  let rows: string[] = [];
  for (const line of (await databaseText(url)).split("\n")) {
    if (line.startsWith("{")) rows.push(line.replace(/"(lease_id|leased_until)":"[^"]*"/g, '"$1":null'));
    else {
      rows = [];
      if (line.startsWith("public.") && !line.startsWith("public.kysely_")) tables[line] = rows;
    }
  }
  for (const sorted of Object.values(tables)) sorted.sort();
  return tables;
}

/** Tables that differ, so that a failure does not print a whole database. */
export async function differences(url: string, expected: Record<string, string[]>): Promise<string[]> {
  const found = await rowsOf(url);
  return [...new Set([...Object.keys(found), ...Object.keys(expected)])].filter(
    (table) => found[table]?.join("\n") !== expected[table]?.join("\n"),
  );
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-backup-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Commands on that database, with the county's master key or without one. */
export function commandsOn(t: TestContext, url: string, masterKey?: string): Commands {
  return commands(t, { DATABASE_URL: url, MASTER_KEY: masterKey });
}

/** A copy of the backup with its text changed. */
export function altered(file: string, change: (text: string) => string): string {
  const copy = `${file}.altered`;
  writeFileSync(copy, gzipSync(change(gunzipSync(readFileSync(file)).toString())));
  return copy;
}
