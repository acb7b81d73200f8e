import assert from "node:assert/strict";
import { test } from "node:test";
import { insertOverdue, openOffice } from "../notifying.ts";
import { minutes, payloadOf, report, tell } from "../support.ts";
import { addAccounts, DAY, digestAt } from "./county.ts";

/** As much as three messages of a chat robot hold. */
async function openWithDigest(t: Parameters<typeof openOffice>[0]) {
  const office = await openOffice(t);
  const long = "云溪县人力资源和社会保障与农业农村事务服务中心";
  const accounts = Array.from({ length: 60 }, (_, index) => ({
    ...{ code: `c${index}`, name: `${long}${index}`, department: `d${index}` },
    deadlineAt: new Date(`${DAY}T10:00:00Z`),
  }));
  await addAccounts(office.db, DAY, accounts);
  assert.equal(await digestAt(office.db, DAY, "08:30", office.routes), true);
  office.clock.now = new Date(`${DAY}T00:31:00Z`);
  return office;
}

const numberOf = (text: string) => /（(\d\/\d)）/.exec(text)?.[1];
const round = async (office: Awaited<ReturnType<typeof openWithDigest>>, minute: number) => {
  office.clock.now = minutes(minute, new Date(`${DAY}T00:31:00Z`));
  await office.notifier()();
};

test("a digest of several messages waits until all of them may be sent, and is sent once", async (t) => {
  const office = await openWithDigest(t);
  await insertOverdue(office.db, "x");
  await tell(office.db, payloadOf(report("critical", true, { account: "x" })), office.clock.now);
  for (const minute of [0.1, 1.2, 2.4, 4.6]) await round(office, minute);
  assert.equal(office.read("duty").length, 1, "the alert has taken the room of one");
  for (const minute of [5.4, 6, 8, 11, 20]) await round(office, minute);
  assert.deepEqual(office.read("duty").slice(1).map(numberOf), ["1/3", "2/3", "3/3"]);
});

test("after a refusal in the middle of a digest only the rest of it is sent", async (t) => {
  const office = await openWithDigest(t);
  const { robots } = office;
  const refuseFrom = robots.requests("duty").length + 1;
  const watch = setInterval(() => {
    if (robots.accepted("duty").length >= refuseFrom) robots.setMode("duty", "http_500");
  }, 1);
  robots.setMode("duty", { slowMs: 20 });
  await round(office, 0.1);
  clearInterval(watch);
  assert.deepEqual(office.read("duty").map(numberOf), ["1/3"]);
  robots.setMode("duty", "ok");
  for (const minute of [6, 7, 8, 12, 14, 20]) await round(office, minute);
  assert.deepEqual(office.read("duty").map(numberOf), ["1/3", "2/3", "3/3"]);
  const { failures } = await office.db.selectFrom("notification_target").select("failures").executeTakeFirstOrThrow();
  assert.equal(failures, 0);
});
