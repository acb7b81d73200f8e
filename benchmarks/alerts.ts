import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import { channelOf } from "../src/alerts/channels/index.ts";
import { cleanName } from "../src/alerts/clean.ts";
import type { Letter } from "../src/alerts/letter.ts";
import { paginate } from "../src/alerts/paginate.ts";
import { receiveAlerts } from "../src/alerts/relay.ts";
import { settle } from "../src/alerts/settle.ts";
import { startEmbeddedPostgres } from "../src/embedded/postgres.ts";
import { type Database, openDatabase } from "../src/store/database.ts";
import { migrateToLatest } from "../src/store/migrate.ts";
import type { Figure } from "./table.ts";

const ACCOUNTS = 3_000;
const LISTED = 500;

/** A city whose accounts are all due at once. */
export async function alerts(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-bench-"));
  const log = pino({ level: "silent" });
  const postgres = await startEmbeddedPostgres({ directory, log });
  const db = openDatabase(postgres.url, { max: 4 });
  try {
    await migrateToLatest(postgres.url);
    await register(db);
    const now = new Date();
    const reports = Array.from({ length: ACCOUNTS }, (_, index) => ({
      ...{ alert: "AccountPublishDue", account: `n${index + 1}`, subject: "", severity: "info" as const, firing: true },
    }));
    const stored = await milliseconds(() =>
      receiveAlerts({ db, now }, { group: "", reports, watchdog: false, faulty: 0, truncated: 0 }),
    );
    const settled = await milliseconds(() => settle({ db, now, calmMs: 720_000, log }));
    return [
      figure(`${ACCOUNTS} alerts in one payload`, "stored", stored, "Alertmanager waits 10 s", 2_000),
      figure(`${ACCOUNTS} open episodes`, "settled", settled, "a round each 5 s", 2_000),
      ...texts(),
    ];
  } finally {
    await db.destroy();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function texts(): Figure[] {
  const items = Array.from({ length: LISTED }, (_, index) => {
    const line = `云溪县水利水电第${index}所：期限 2026-11-25 10:30，最近更新 2026-11-11 10:30`;
    return { notifications: [index], mentions: [], full: [[line], [line]], brief: [line], name: `云溪水利${index}` };
  });
  const letter: Letter = {
    title: "更新提醒",
    sections: [{ heading: "更新提醒", severity: "info", items }],
    closing: [],
  };
  const cut = best(() => paginate(letter, channelOf("wecom"), 3));
  const hostile = ["文".repeat(65_536), "\u0301".repeat(65_536), "👨‍👩‍👧‍👦".repeat(6_000), "\u202e".repeat(65_536)];
  const cleaned = best(() => {
    for (let index = 0; index < LISTED; index += 1) cleanName(hostile[index % hostile.length] ?? "");
  });
  return [
    figure(`${LISTED} accounts to a wecom chat`, "cut into messages", cut, "the event loop is not to be held", 50),
    figure(`${LISTED} names of 64 KB`, "cleaned", cleaned, "the event loop is not to be held", 500),
  ];
}

const figure = (benchmark: string, name: string, value: number, against: string, limit: number): Figure => ({
  ...{ benchmark, figure: name, value, unit: "ms", against, limit },
});

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return Math.round(performance.now() - startedAt);
}

function best(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return Math.round(Math.min(...times) * 10) / 10;
}

async function register(db: Kysely<Database>): Promise<void> {
  await db.insertInto("department").values({ code: "d", name: "云溪县水利局" }).execute();
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'n' || n, 'd', 'n' || n, 'wechat', 'wx-n' || n, 'running', 'national-2019', now()
    from generate_series(1, ${sql.lit(ACCOUNTS)}) n`.execute(db);
}
