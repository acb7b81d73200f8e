import assert from "node:assert/strict";
import { test } from "node:test";
import { contact, hop, insertOverdue, notificationsOf, openOffice } from "./notifying.ts";
import { days, minutes, NOW, payloadOf, report, setDeadline, tell } from "./support.ts";

const WATER = { departments: { d: [contact(hop("water", "zhang"))] } };
const critical = (account: string) => report("critical", true, { account });
const ended = (account: string) => report("critical", false, { account });

test("twenty alerts of one minute are one message, and further rounds say nothing more", async (t) => {
  const office = await openOffice(t, WATER);
  const codes = Array.from({ length: 20 }, (_, index) => `unit-${index}`);
  await insertOverdue(office.db, ...codes);
  const round = office.notifier();
  for (const [index, code] of codes.entries()) {
    office.clock.now = new Date(NOW.getTime() + index * 200);
    await tell(office.db, payloadOf(critical(code)), office.clock.now);
    await round();
  }
  assert.deepEqual(office.read("water"), [], "it waits for what comes together");
  for (const minute of [0.1, 0.3, 1, 2, 10, 60]) await office.roundAt(minute);
  for (const robot of ["water", "duty"]) {
    const [message = "", ...more] = office.read(robot);
    assert.deepEqual(more, []);
    for (const code of codes) assert.ok(message.includes(`云溪${code}`), code);
  }
  assert.deepEqual(office.robots.accepted("water")[0]?.mentions, ["zhang"]);
});

test("fifty alerts of one minute are one message, if only by name; three hundred are numbered parts", async (t) => {
  const office = await openOffice(t, WATER);
  const codes = Array.from({ length: 350 }, (_, index) => `unit-${String(index).padStart(3, "0")}`);
  await insertOverdue(office.db, ...codes);
  await tell(office.db, payloadOf(...codes.slice(0, 50).map(critical)));
  for (const minute of [0, 2, 4]) await office.roundAt(minute);
  const [single = "", ...more] = office.read("water");
  assert.deepEqual(more, []);
  for (const code of codes.slice(0, 50)) assert.equal(single.split(`云溪${code}`).length, 2, code);

  await tell(office.db, payloadOf(...codes.slice(50).map(critical)), minutes(10));
  for (const minute of [10, 12, 14]) await office.roundAt(minute);
  const parts = office.read("water").slice(1);
  assert.deepEqual(
    parts.map((text) => /（\d\/\d）/.exec(text)?.[0]),
    parts.map((_, index) => `（${index + 1}/${parts.length}）`),
  );
  assert.ok(parts.length > 1 && parts.length <= 3);
  for (const code of codes.slice(50)) assert.equal(parts.join("").split(`云溪${code}`).length, 2, code);
});

test("two notifiers side by side tell 100 events once each", async (t) => {
  const office = await openOffice(t, WATER);
  const codes = Array.from({ length: 100 }, (_, index) => `unit-${String(index).padStart(3, "0")}`);
  await insertOverdue(office.db, ...codes);
  const one = office.notifier();
  const other = office.notifier();
  for (let start = 0; start < codes.length; start += 20) {
    await tell(office.db, payloadOf(...codes.slice(start, start + 20).map(critical)), office.clock.now);
    await Promise.all([one(), other()]);
    office.clock.now = minutes(3, office.clock.now);
    await Promise.all([one(), other()]);
    await Promise.all([other(), one()]);
  }
  for (const robot of ["water", "duty"]) {
    const text = office.read(robot).join("\n");
    for (const code of codes) assert.equal(text.split(`云溪${code}`).length, 2, `${code} by ${robot}`);
  }
});

test("two notifiers together keep to 3 messages in any 5 minutes, and to a minute between deliveries", async (t) => {
  const office = await openOffice(t, WATER);
  const codes = Array.from({ length: 40 }, (_, index) => `unit-${index}`);
  await insertOverdue(office.db, ...codes);
  const notifiers = [office.notifier(), office.notifier()];
  const sent: number[] = [];
  for (let second = 0; second <= 22 * 60; second += 15) {
    office.clock.now = new Date(NOW.getTime() + second * 1_000);
    const code = codes[second / 30];
    if (code) await tell(office.db, payloadOf(critical(code)), office.clock.now);
    await Promise.all(notifiers.map((round) => round()));
    while (sent.length < office.read("water").length) sent.push(second);
  }
  assert.ok(sent.length >= 10, "nothing is held back longer than it must be");
  for (const [index, second] of sent.entries()) {
    const fourth = sent[index + 3];
    assert.ok(fourth === undefined || fourth - second >= 300, `${sent}`);
    const next = sent[index + 1];
    assert.ok(next === undefined || next - second >= 60, `${sent}`);
  }
  const text = office.read("water").join("\n");
  for (const code of codes) assert.ok(text.includes(`云溪${code}`), code);
});

test("what the data do not bear out is not told, is looked at again, and is told when they do", async (t) => {
  const office = await openOffice(t, WATER);
  const [id = 0] = await insertOverdue(office.db, "a");
  await setDeadline(office.db, id, days(10));
  await tell(office.db, payloadOf(critical("a")));
  await office.roundAt(1);
  assert.deepEqual(await notificationsOf(office.db), [
    "AccountPublishDue a fired critical → department:d:1 water unsupported",
    "AccountPublishDue a fired critical → duty duty unsupported",
  ]);
  await setDeadline(office.db, id, days(-1));
  await office.roundAt(5.5);
  assert.deepEqual(office.read("water"), [], "not before it is looked at again");
  await office.roundAt(6.5);
  await office.roundAt(20);
  assert.equal(office.read("water").length, 1);
  assert.equal(office.read("duty").length, 1);
});

test("what lies at a target because the data do not bear it out does not hurry what comes together there", async (t) => {
  const office = await openOffice(t, WATER);
  const [id = 0] = await insertOverdue(office.db, "a", "b", "c");
  await setDeadline(office.db, id, days(10));
  await tell(office.db, payloadOf(critical("a")));
  await office.roundAt(1);
  const round = office.notifier();
  const seconds = (count: number) => new Date(minutes(10).getTime() + count * 1_000);
  for (const [second, code] of ["b", "c"].entries()) {
    office.clock.now = seconds(second);
    await tell(office.db, payloadOf(critical(code)), office.clock.now);
    await round();
  }
  assert.deepEqual(office.read("water"), [], "it waits for what comes together");
  office.clock.now = seconds(5);
  await round();
  const [message = "", ...more] = office.read("water");
  assert.deepEqual(more, []);
  for (const code of ["b", "c"]) assert.ok(message.includes(`云溪${code}`), code);
});

test("of an account that cannot be seen only that is told, and its judgement once it can be seen", async (t) => {
  const office = await openOffice(t, { departments: { d: [contact(hop("water"))] } });
  await insertOverdue(office.db, "b", "c", "e");
  const [id = 0] = await insertOverdue(office.db, "a");
  const see = (dataUntil: Date) =>
    office.db.updateTable("account_current").set({ data_until: dataUntil }).where("account_id", "=", id).execute();
  await office.db
    .updateTable("account")
    .set({ created_at: days(-30) as never })
    .execute();
  await see(days(-3));
  await setDeadline(office.db, id, days(-4));
  await tell(office.db, payloadOf(critical("a"), report("warning", true, { alert: "AccountBlind" })));
  await office.roundAt(1);
  assert.deepEqual((await notificationsOf(office.db)).filter((line) => line.includes("d:1")).sort(), [
    "AccountBlind a fired warning → department:d:1 water delivered",
    "AccountPublishDue a fired critical → department:d:1 water inhibited",
  ]);
  await see(days(-0.5));
  await tell(office.db, payloadOf(report("warning", false, { alert: "AccountBlind" })), minutes(6));
  await office.roundAt(7);
  await office.roundAt(8);
  assert.deepEqual((await notificationsOf(office.db)).filter((line) => line.includes("d:1")).sort(), [
    "AccountBlind a fired warning → department:d:1 water delivered",
    "AccountBlind a resolved warning → department:d:1 water delivered",
    "AccountPublishDue a fired critical → department:d:1 water delivered",
  ]);
});

test("of an episode only the newest event is told, and its end only to who heard of it", async (t) => {
  const office = await openOffice(t, WATER);
  const ids = await insertOverdue(office.db, "a", "b", "c");
  await tell(office.db, payloadOf(report("warning"), report("warning", true, { account: "b" })));
  const routeOnly = office.notifier();
  await routeOnly();
  await tell(office.db, payloadOf(critical("a")));
  for (const id of ids.slice(1)) await setDeadline(office.db, id, days(10));
  await tell(office.db, payloadOf(report("warning", false, { account: "b" })));
  await office.roundAt(1);
  assert.equal(office.read("water").length, 1);
  for (const id of ids.slice(0, 1)) await setDeadline(office.db, id, days(1));
  await setDeadline(office.db, ids[0] ?? 0, days(1));
  await tell(office.db, payloadOf(ended("a")), minutes(2));
  await routeOnly();
  for (const id of ids) await setDeadline(office.db, id, days(10));
  await tell(office.db, payloadOf(report("warning", false)), minutes(2));
  await office.roundAt(3);
  await office.roundAt(5);
  assert.deepEqual(await notificationsOf(office.db), [
    "AccountPublishDue a fired warning → department:d:1 water superseded",
    "AccountPublishDue b fired warning → department:d:1 water superseded",
    "AccountPublishDue a changed critical → department:d:1 water delivered",
    "AccountPublishDue a changed critical → duty duty delivered",
    "AccountPublishDue b resolved warning → department:d:1 water superseded",
    "AccountPublishDue a changed warning → department:d:1 water superseded",
    "AccountPublishDue a changed warning → duty duty superseded",
    "AccountPublishDue a resolved warning → department:d:1 water delivered",
    "AccountPublishDue a resolved warning → duty duty delivered",
  ]);
  assert.equal(office.read("water").length, 2);
  assert.ok(office.read("water").every((text) => !text.includes("云溪b")));
});

test("a level that came and went before anybody heard of it leaves nothing to tell; one that may have been heard does", async (t) => {
  const office = await openOffice(t, WATER);
  const [id = 0] = await insertOverdue(office.db, "a");
  await setDeadline(office.db, id, days(1));
  await tell(office.db, payloadOf(report("warning")));
  await office.roundAt(1);
  const riseAndFall = async (minute: number, between: () => Promise<unknown>) => {
    office.clock.now = minutes(minute);
    await tell(office.db, payloadOf(critical("a")), office.clock.now);
    await between();
    await tell(office.db, payloadOf(report("warning"), ended("a")), office.clock.now);
    await office.roundAt(minute + 8);
  };
  await riseAndFall(10, () => office.roundAt(11));
  assert.equal(office.read("water").length, 1, "it is a warning still");
  await riseAndFall(30, async () => {
    await setDeadline(office.db, id, days(-1));
    office.robots.setMode("water", "http_500");
    await office.roundAt(31);
    office.robots.setMode("water", "ok");
    await setDeadline(office.db, id, days(1));
  });
  assert.deepEqual(
    (await notificationsOf(office.db)).filter((line) => line.includes("d:1")),
    [
      "AccountPublishDue a fired warning → department:d:1 water delivered",
      "AccountPublishDue a changed critical → department:d:1 water unsupported",
      "AccountPublishDue a changed warning → department:d:1 water superseded",
      "AccountPublishDue a changed critical → department:d:1 water superseded",
      "AccountPublishDue a changed warning → department:d:1 water delivered",
    ],
  );
  assert.equal(office.read("water").length, 2);
});

test("recipients who share a chat are told once, and each is mentioned", async (t) => {
  const office = await openOffice(t, {
    duty: [hop("water", "boss")],
    departments: { d: [contact(hop("water", "zhang")), contact(hop("water", "li"))] },
  });
  await insertOverdue(office.db, "a");
  await tell(office.db, payloadOf(critical("a")));
  await office.roundAt(1);
  await office.roundAt(3);
  const messages = office.robots.accepted("water");
  assert.deepEqual(
    messages.map(({ mentions }) => mentions),
    [["zhang", "li", "boss"]],
  );
  assert.ok((await notificationsOf(office.db)).every((line) => line.endsWith("delivered")));
});

test("a digest follows the alerts of its target in a message of its own, and an older one is not told any more", async (t) => {
  const office = await openOffice(t);
  await insertOverdue(office.db, "a");
  const morning = (day: string) => new Date(`${day}T02:00:10Z`);
  office.robots.setMode("duty", "http_500");
  office.clock.now = morning("2026-11-20");
  const round = office.notifier();
  await round();
  office.clock.now = morning("2026-11-23");
  office.robots.setMode("duty", "ok");
  await tell(office.db, payloadOf(critical("a")), office.clock.now);
  await round();
  for (let again = 0; again < 4; again += 1) {
    office.clock.now = minutes(1.5, office.clock.now);
    await round();
  }
  const messages = office.read("duty");
  assert.equal(messages.length, 2, messages.join("\n---\n"));
  assert.doesNotMatch(messages[0] ?? "", /提要/);
  assert.match(messages[1] ?? "", /每日提要（11月23日）/);
  const digests = await office.db
    .selectFrom("notification")
    .select(["digest_day", "state"])
    .where("digest_day", "is not", null)
    .orderBy("digest_day")
    .execute();
  assert.deepEqual(digests, [
    { digest_day: "2026-11-20", state: "superseded" },
    { digest_day: "2026-11-23", state: "delivered" },
  ]);
});
