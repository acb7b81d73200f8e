import { type Kysely, sql } from "kysely";
import type { Lifecycle } from "../../src/model.ts";
import type { Database } from "../../src/store/database.ts";
import { addAccount } from "../metrics/county.ts";

const HOSTILE = [
  "<script>document.title = 'owned'</script>",
  '"><img src=x onerror="document.title=1">',
  "\u202e\u0645\u0631\u062d\u0628\u0627 \u2066云溪\u202e",
  "长".repeat(65_536),
  "W".repeat(40),
  "</style></title></option></select><h1>",
  "\u200b\u2060",
];
const CLERKS = ["云溪发布", "云溪人社", "云溪县政务服务和大数据管理局", "云溪教育", "云溪应急", "云溪文旅", "云溪卫健"];
const NAMES = [...CLERKS, ...HOSTILE];

/** Days from now; null = unknown. */
interface Situation {
  deadline: number | null;
  dataUntil: number | null;
  lifecycle?: Lifecycle;
}
const SITUATIONS: Situation[] = [
  { deadline: 12.4, dataUntil: -0.5 },
  { deadline: 1.3, dataUntil: -0.5 },
  { deadline: -3.2, dataUntil: -0.5 },
  { deadline: -0.2, dataUntil: -0.5 },
  { deadline: 8.7, dataUntil: -9 },
  { deadline: null, dataUntil: -0.5, lifecycle: "closing" },
  { deadline: null, dataUntil: null },
];
const days = (count: number | null) =>
  count === null ? sql<null>`null::timestamptz` : sql<Date>`now() + ${count} * interval '1 day'`;

/** Accounts in every situation, with names that would break the page if it let them; times are relative to today. */
export async function insertHostileCounty(db: Kysely<Database>): Promise<void> {
  const departments = ["云溪县人民政府办公室", "云溪县人力资源和社会保障局", ...HOSTILE.slice(0, 4)];
  await db
    .insertInto("department")
    .values(departments.map((name, index) => ({ code: codeOf(index), name })))
    .execute();
  for (const [index, name] of NAMES.entries()) {
    const {
      deadline,
      dataUntil,
      lifecycle = "running",
    } = SITUATIONS[index % SITUATIONS.length] ?? {
      deadline: null,
      dataUntil: null,
    };
    const department = codeOf(index % departments.length);
    const id = await addAccount(db, { code: `a${index}`, name, department, lifecycle });
    await sql`
      insert into account_current (account_id, data_until, last_published_at, publish_deadline_at,
        articles_7d, readers_7d, followers)
      values (${id}, ${days(dataUntil)}, ${days(deadline === null ? null : deadline - 14)}, ${days(deadline)},
        ${index}, ${index * 1_234}, ${index * 98_765})`.execute(db);
    await sql`
      insert into coverage (account_id, collector, part, day, state, fetched_at)
      select ${id}, 'statistics', 'summary', (now() at time zone 'Asia/Shanghai')::date - ago, 'final', now()
      from generate_series(1, 40) ago where ago % 7 <> 5`.execute(db);
    await sql`
      insert into account_day (account_id, stat_date, articles_published, first_seen_at)
      select ${id}, (now() at time zone 'Asia/Shanghai')::date - ago, (ago * ${index + 3}) % 5, now()
      from generate_series(1, 40) ago`.execute(db);
    await insertReplies(db, id, index, name);
  }
  await addAccount(db, { code: "planned", name: "筹建号", department: codeOf(0), lifecycle: "planned" });
  await sql`
    insert into visit (account_id, collector, next_due_at, finished_at, error_code, error_reason)
    select id, 'statistics', now(), now(), '40125',
      'AppSecret 已失效：请在公众平台重置后，用 account set 重新登记。' || ${HOSTILE[0]}
    from account where code in ('a4', 'a1')`.execute(db);
}

const codeOf = (index: number) => `d${index}`;

async function insertReplies(db: Kysely<Database>, account: number, index: number, name: string): Promise<void> {
  if (index % 3 === 2) return;
  await sql`
    insert into reply_channel (account_id, channel, state, since, until)
    values (${account}, 'comment', 'measurable', now() - interval '90 days', now() - interval '20 minutes')`.execute(
    db,
  );
  await sql`
    insert into article (account_id, msgid, publish_date, title, first_seen_at)
    values (${account}, '1_1', current_date - 20, ${`关于2026年城乡居民基本医疗保险集中缴费的通告${name}`}, now())`.execute(
    db,
  );
  await sql`
    insert into reply_case (account_id, channel, msgid, comment_id, received_at, question, due_at, length, first_seen_at)
    select ${account}, 'comment', '1_1', n::text, now() - (n + 15) * interval '1 day', true,
      now() - (n - 2) * interval '1 day', 9, now()
    from generate_series(1, ${index % 5}::integer) n`.execute(db);
}
