import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { pino } from "pino";
import { routeEvents } from "../../src/alerts/route.ts";
import type { Routes } from "../../src/alerts/routes.ts";
import { openTestDatabase } from "../metrics/county.ts";
import { contact, hop, insertOverdue, notificationsOf, setContact } from "./notifying.ts";
import { days, NOW, payloadOf, report, setDeadline, settleAt, tell } from "./support.ts";

const url = "http://127.0.0.1:9/";
const ROUTES: Routes = {
  channels: new Map([
    ["chat", { type: "wecom", url }],
    ["spare", { type: "dingtalk", url, signingSecret: null }],
    ["mail", { type: "email", host: "127.0.0.1", port: 25, tls: "none", user: null, password: null, from: "a@b.c" }],
  ]),
  duty: [hop("chat", "boss"), hop("mail", "duty@example.gov.cn")],
  departments: new Map([
    ["d", [contact(hop("chat", "zhang"), hop("spare")), contact(hop("mail", "li@example.gov.cn"))]],
  ]),
  boardsUrl: null,
};
const log = pino({ level: "silent" });

async function openRouting(t: TestContext, routes: Routes | null = ROUTES) {
  const { db } = await openTestDatabase(t);
  return { db, route: () => routeEvents({ db, routes, now: NOW, log }) };
}

test("an account's own contact hears of it, else its department's contacts, else the duty group", async (t) => {
  const { db } = await openTestDatabase(t);
  const routeBy = (routes: Routes) => routeEvents({ db, routes, now: NOW, log });
  await insertOverdue(db, "own", "gone", "noaddress", "none");
  await setContact(db, "own", hop("spare", "13800000000"));
  await setContact(db, "gone", hop("abolished", "x"));
  await setContact(db, "noaddress", hop("mail", "zhang"));
  const warning = (account: string) => report("warning", true, { account });
  await tell(db, payloadOf(warning("own"), warning("gone"), warning("noaddress")));
  await routeBy(ROUTES);
  await tell(db, payloadOf(warning("none")));
  await routeBy({ ...ROUTES, departments: new Map() });
  const lines = await notificationsOf(db);
  assert.deepEqual(lines.map((line) => line.replace("AccountPublishDue ", "").replace(" pending", "")).sort(), [
    "gone fired warning → department:d:1 chat",
    "gone fired warning → department:d:2 mail",
    "noaddress fired warning → department:d:1 chat",
    "noaddress fired warning → department:d:2 mail",
    "none fired warning → duty chat",
    "own fired warning → account:own spare",
  ]);
  const own = await db
    .selectFrom("notification")
    .select(["hops", "address"])
    .where("recipient", "=", "account:own")
    .executeTakeFirstOrThrow();
  assert.deepEqual(own.hops, [
    hop("spare", "13800000000"),
    hop("chat", "zhang"),
    hop("spare"),
    hop("chat", "boss"),
    hop("mail", "duty@example.gov.cn"),
  ]);
  const mail = await db.selectFrom("notification").select("address").distinct().where("channel", "=", "mail").execute();
  assert.deepEqual(mail, [{ address: "li@example.gov.cn" }]);
});

test("the duty group hears of what is critical and of accounts that cannot be seen besides, once it is so", async (t) => {
  const { db, route } = await openRouting(t);
  const ids = await insertOverdue(db, "a", "b", "c");
  for (const code of ["a", "b", "c"]) await setContact(db, code, hop("spare"));
  await tell(
    db,
    payloadOf(
      report("warning"),
      report("warning", true, { account: "b", alert: "AccountBlind" }),
      report("warning", true, { account: "c", alert: "AccountCredentialsRejected" }),
    ),
  );
  await route();
  await tell(db, payloadOf(report("critical")));
  await route();
  for (const id of ids.slice(0, 1)) await setDeadline(db, id, days(1));
  await tell(db, payloadOf(report("critical", false)));
  await settleAt(db, 0);
  await route();
  const lines = await notificationsOf(db);
  assert.deepEqual(lines.map((line) => line.replace(/ (chat|spare) pending/, "")).sort(), [
    "AccountBlind b fired warning → account:b",
    "AccountBlind b fired warning → duty",
    "AccountCredentialsRejected c fired warning → account:c",
    "AccountCredentialsRejected c fired warning → duty",
    "AccountPublishDue a changed critical → account:a",
    "AccountPublishDue a changed critical → duty",
    // It heard of the higher level, so it hears of the lower one.
    "AccountPublishDue a changed warning → account:a",
    "AccountPublishDue a changed warning → duty",
    "AccountPublishDue a fired warning → account:a",
  ]);
});

test("the end goes to whom the episode went to, whoever the contact is by then, and to nobody else", async (t) => {
  const { db, route } = await openRouting(t);
  await insertOverdue(db, "a");
  await setContact(db, "a", hop("spare", "13800000000"));
  await tell(db, payloadOf(report("warning")));
  await route();
  await setContact(db, "a", hop("abolished"));
  const episode = await db
    .updateTable("alert_episode")
    .set({ ended_at: NOW })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db
    .insertInto("alert_event")
    .values({ episode_id: episode.id, kind: "resolved", severity: "warning", at: NOW })
    .execute();
  await route();
  assert.deepEqual(await notificationsOf(db), [
    "AccountPublishDue a fired warning → account:a spare pending",
    "AccountPublishDue a resolved warning → account:a spare pending",
  ]);
});

test("that a channel fails is told by the others first, and what is about no account goes to the duty group", async (t) => {
  const { db, route } = await openRouting(t);
  const about = { account: null, alert: "NotificationsFailing" };
  await tell(db, payloadOf(report("critical", true, { ...about, subject: "chat" })));
  await tell(db, payloadOf(report("critical", true, { ...about, subject: "spare" })));
  await tell(db, payloadOf(report("warning", true, { account: null, alert: "QueueBacklog", subject: "statistics" })));
  await route();
  assert.deepEqual(await notificationsOf(db), [
    "NotificationsFailing fired critical → duty mail pending",
    "NotificationsFailing fired critical → duty chat pending",
    "QueueBacklog fired warning → duty chat pending",
  ]);
});

test("without routes events are recorded as told to nobody, and a later routes file does not tell them", async (t) => {
  const { db, route } = await openRouting(t, null);
  await insertOverdue(db, "a");
  await tell(db, payloadOf(report("critical")));
  await route();
  const { rows } = await sql`select alert, state, recipient from v_alert_event`.execute(db);
  assert.deepEqual(rows, [{ alert: "AccountPublishDue", state: "nobody", recipient: null }]);
  await routeEvents({ db, routes: ROUTES, now: NOW, log });
  assert.deepEqual(await notificationsOf(db), []);
});

test("several notifiers that route at once make each notification once", async (t) => {
  const { db, route } = await openRouting(t);
  const codes = Array.from({ length: 60 }, (_, index) => `a${index}`);
  await insertOverdue(db, ...codes);
  await tell(db, payloadOf(...codes.map((account) => report("critical", true, { account }))));
  await Promise.all([route(), route(), route(), route()]);
  await route();
  // Two contacts of the department and the duty group each.
  assert.equal((await notificationsOf(db)).length, 3 * codes.length);
});
