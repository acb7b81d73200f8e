import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kysely } from "kysely";
import { startOf, timeOn } from "../../../src/calendar.ts";
import type { Database } from "../../../src/store/database.ts";
import { openTestDatabase } from "../../metrics/county.ts";
import {
  addAccounts,
  codesOf,
  contact,
  DAY,
  DAY_MS,
  digestAt,
  hop,
  type NewAccount,
  routesWith,
  sheetOf,
  storedSheets,
} from "./county.ts";

const NEAR = { deadlineAt: new Date(startOf(DAY).getTime() + 2 * DAY_MS) };
const BLIND = { dataUntil: new Date(startOf(DAY).getTime() - 3 * DAY_MS) };
const WELL: NewAccount[] = ["w1", "w2", "w3", "w4"].map((code) => ({ code, department: "well" }));

const whom = async (db: Kysely<Database>) =>
  (await storedSheets(db)).map(({ recipient, channel, address, sheet }) => [
    recipient,
    channel,
    address,
    codesOf(sheet)?.join(" "),
  ]);

test("an account's own contact reads of it, else each of its department's, and the duty group of all", async (t) => {
  const { db } = await openTestDatabase(t);
  const routes = routesWith({
    slj: [contact(hop("bureaus", "wang"), hop("mail", "wang@slj.example")), contact(hop("mail", "li@slj.example"))],
  });
  await addAccounts(db, DAY, [
    ...WELL,
    { code: "own", ...NEAR, contact: hop("other", "zhao") },
    { code: "unknown", ...NEAR, contact: hop("pager", "zhao") },
    { code: "nobody", department: "none", ...NEAR },
  ]);
  assert.equal(await digestAt(db, DAY, "08:30", routes), true);
  assert.deepEqual(await whom(db), [
    ["account:own", "other", "", "own"],
    ["department:slj:1", "bureaus", "", "unknown"],
    ["department:slj:2", "mail", "li@slj.example", "unknown"],
    ["duty", "duty", "", "nobody own unknown"],
  ]);
  const rows = await storedSheets(db);
  assert.deepEqual(rows.find(({ recipient }) => recipient === "account:own")?.hops, [
    ...[hop("other", "zhao"), hop("bureaus", "wang"), hop("mail", "wang@slj.example"), hop("duty")],
  ]);
  assert.ok(rows.every(({ hop: index, state, day }) => index === 0 && state === "pending" && day === DAY));
});

test("who answers for several accounts reads one sheet", async (t) => {
  const { db } = await openTestDatabase(t);
  const zhao = hop("other", "zhao");
  const routes = routesWith({ slj: [contact(zhao)] });
  await addAccounts(db, DAY, [
    ...WELL,
    { code: "a", department: "x", ...NEAR, contact: zhao },
    { code: "b", department: "y", ...NEAR, contact: zhao },
    { code: "c", department: "y", ...NEAR, contact: hop("other", "li") },
    { code: "d", ...NEAR },
  ]);
  await digestAt(db, DAY, "08:30", routes);
  assert.deepEqual((await whom(db)).slice(0, 2).sort(), [
    ["account:a", "other", "", "a b d"],
    ["account:c", "other", "", "c"],
  ]);
});

test("who has nothing to do reads nothing, and the duty group that all is well", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, WELL);
  await digestAt(db, DAY, "08:30", routesWith({ well: [contact(hop("bureaus"))] }));
  assert.deepEqual(await whom(db), [["duty", "duty", "", ""]]);
  const counts = { judged: 4, fine: 4, due: 0, passed: 0, unseen: 0, late: 0, stalled: false };
  assert.deepEqual((await sheetOf(db, "duty"))?.county, counts);
});

test("deadlines count within four days, as passed only where the data prove it", async (t) => {
  const { db } = await openTestDatabase(t);
  const now = timeOn(DAY, "08:30");
  const deadline = (code: string, deadlineAt: Date, more: Partial<NewAccount> = {}) => ({ code, deadlineAt, ...more });
  await addAccounts(db, DAY, [
    ...WELL,
    deadline("passed", startOf(DAY)),
    deadline("reached", now),
    deadline("four", new Date(now.getTime() + 4 * DAY_MS)),
    deadline("later", new Date(now.getTime() + 4 * DAY_MS + 1)),
    deadline("closing", NEAR.deadlineAt, { lifecycle: "closing" }),
    deadline("blind", NEAR.deadlineAt, BLIND),
  ]);
  await digestAt(db, DAY, "08:30");
  const sheet = await sheetOf(db, "duty");
  assert.deepEqual(
    sheet?.concerns.map(({ code, deadline: own, unseen }) => [code, own?.state ?? null, unseen !== null]),
    [
      ...[
        ["passed", "passed", false],
        ["reached", "reached", false],
        ["four", "ahead", false],
      ],
      ["blind", null, true],
    ],
  );
  assert.deepEqual(sheet?.county, { judged: 9, fine: 5, due: 2, passed: 1, unseen: 1, late: 0, stalled: false });
});

test("before a holiday deadlines count up to the end of the first working day after it", async (t) => {
  const { db } = await openTestDatabase(t);
  const eve = "2026-09-30";
  const resumed = startOf("2026-10-09");
  await addAccounts(db, eve, [
    { code: "within", deadlineAt: resumed },
    { code: "after", deadlineAt: new Date(resumed.getTime() + 1) },
  ]);
  await digestAt(db, eve, "08:30", routesWith({ slj: [contact(hop("bureaus"))] }));
  assert.deepEqual(await whom(db), [
    ["department:slj:1", "bureaus", "", "within"],
    ["duty", "duty", "", "within"],
  ]);
  assert.equal((await sheetOf(db, "department:slj:1"))?.daysOff?.resumesOn, "2026-10-08");
});

test("questions count that are due by the end of the day where they can be measured", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, [...WELL, { code: "a" }, { code: "hidden" }, { code: "unread" }]);
  const rows = await db.selectFrom("account").select(["id", "code"]).execute();
  const idOf = (code: string) => rows.find((row) => row.code === code)?.id ?? 0;
  const until = timeOn(DAY, "08:10");
  const channel = { channel: "message" as const, until };
  await db
    .insertInto("reply_channel")
    .values([
      { ...channel, account_id: idOf("a"), state: "measurable" },
      { ...channel, account_id: idOf("hidden"), state: "hidden" },
      { ...channel, account_id: idOf("unread"), state: "measurable", until: null },
    ])
    .execute();
  let person = 0;
  const question = (code: string, due_at: Date | null) => ({
    ...{ account_id: idOf(code), channel: "message" as const, person: `p${person++}`, length: 9, question: true },
    ...{ received_at: startOf("2026-11-05"), first_seen_at: until, first_reply_at: null, due_at },
  });
  const overdue = startOf(DAY);
  const tonight = startOf("2026-11-24");
  await db
    .insertInto("reply_case")
    .values([
      question("a", overdue),
      question("a", tonight),
      question("a", tonight),
      question("a", new Date(tonight.getTime() + 1)),
      question("a", null),
      { ...question("a", overdue), question: false },
      { ...question("a", overdue), first_reply_at: until },
      { ...question("a", overdue), excluded_at: until, excluded_reason: "广告" },
      { ...question("a", overdue), vanished_at: until },
      question("hidden", overdue),
      question("unread", overdue),
    ])
    .execute();
  await digestAt(db, DAY, "08:30");
  const sheet = await sheetOf(db, "duty");
  assert.deepEqual(
    sheet?.concerns.map(({ code, replies }) => [code, replies]),
    [["a", { overdue: 1, dueLater: 2, asOf: until }]],
  );
  assert.equal(sheet?.county?.fine, 7);
});

test("a fault is told where somebody must mend it, or where it kept yesterday's data back", async (t) => {
  const { db } = await openTestDatabase(t);
  const busy: NewAccount["error"] = ["-1", "微信平台繁忙"];
  await addAccounts(db, DAY, [
    ...WELL,
    { code: "busy", error: busy },
    { code: "late", error: busy, dataUntil: new Date(startOf(DAY).getTime() - DAY_MS) },
    { code: "secret", error: ["40125", "AppSecret 不正确"] },
    { code: "filed", lifecycle: "filed", dataUntil: null, error: ["40013", "AppID 不正确"] },
    { code: "planned", lifecycle: "planned", dataUntil: null, error: ["40013", "AppID 不正确"] },
  ]);
  await digestAt(db, DAY, "10:00");
  assert.deepEqual(
    (await sheetOf(db, "duty"))?.concerns.map(({ code, fault }) => [code, fault]),
    [
      ["filed", "AppID 不正确"],
      ["late", "微信平台繁忙"],
      ["secret", "AppSecret 不正确"],
    ],
  );
});

test("names are stored in one line and cut, however long they are, and an invisible one is the code", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, [
    ...WELL,
    { code: "long", name: "溪\n\u202e".repeat(20_000), ...NEAR },
    { code: "blank", name: "\u200b", ...NEAR },
  ]);
  await digestAt(db, DAY, "08:30");
  const names = (await sheetOf(db, "duty"))?.concerns.map(({ name }) => name);
  assert.deepEqual(names?.[0], "blank");
  assert.match(names?.[1] ?? "", /^[溪 ]{39,40}…$/);
});

test("when most accounts cannot be seen the departments are not asked to mend it", async (t) => {
  const { db } = await openTestDatabase(t);
  const routes = routesWith({ slj: [contact(hop("bureaus"))] });
  await addAccounts(db, DAY, [
    { code: "seen", ...NEAR, error: ["40164", "IP 不在白名单"] },
    ...["b1", "b2"].map((code) => ({ code, ...BLIND })),
  ]);
  await digestAt(db, DAY, "08:30", routes);
  assert.deepEqual(await whom(db), [
    ["department:slj:1", "bureaus", "", "seen"],
    ["duty", "duty", "", "seen b1 b2"],
  ]);
  assert.equal((await sheetOf(db, "department:slj:1"))?.concerns[0]?.fault, null);
  const county = await sheetOf(db, "duty");
  assert.deepEqual([county?.county?.stalled, county?.concerns[0]?.fault], [true, "IP 不在白名单"]);
});

test("a digest that cannot be written whole is not written at all", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, WELL);
  const routes = routesWith();
  await db.schema.alterTable("notification").renameTo("elsewhere").execute();
  await assert.rejects(digestAt(db, DAY, "08:30", routes));
  assert.deepEqual(await db.selectFrom("digest").selectAll().execute(), []);
  await db.schema.alterTable("elsewhere").renameTo("notification").execute();
  assert.equal(await digestAt(db, DAY, "08:30", routes), true);
});
