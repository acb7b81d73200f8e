import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOf } from "../../src/calendar.ts";
import { type AskedWindow, DAY, HOUR, type Messages, START, startMessages, TEXT } from "../support/messages.ts";

const iso = (date: Date | null | undefined) => date?.toISOString() ?? null;
const minutes = (count: number) => count * 60_000;
const length = ([from, to]: [Date, Date]) => to.getTime() - from.getTime();

/** What the windows cover, when each begins where the one before ends. */
function covered(windows: AskedWindow[]): { from: string | null; to: string | null } {
  for (const [index, window] of windows.entries()) {
    assert.ok(length([window.from, window.to]) <= DAY, "longer than the platform allows");
    if (index > 0) assert.equal(iso(window.from), iso(windows[index - 1]?.to));
  }
  return { from: iso(windows[0]?.from), to: iso(windows.at(-1)?.to) };
}

test("the first look goes two weeks back and says from when on messages are covered", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", new Date(START.getTime() - 5 * DAY - HOUR));
  await messages.write("b", new Date(START.getTime() - HOUR));
  await messages.visit();
  const windows = messages.taken();
  assert.equal(windows.length, 14);
  assert.deepEqual(covered(windows), { from: iso(new Date(START.getTime() - 14 * DAY)), to: iso(START) });
  const channel = await messages.channel();
  assert.equal(iso(channel?.until), iso(START));
  assert.equal(iso(channel?.since), iso(new Date(START.getTime() - 6 * DAY)), "the oldest window that held a record");
  assert.deepEqual([channel?.state, channel?.code], ["measurable", null]);

  messages.pass(DAY);
  await messages.write("c", new Date(START.getTime() + HOUR));
  await messages.visit();
  assert.equal(iso((await messages.channel())?.since), iso(channel?.since), "it never moves");
});

test("when nothing was there, what is claimed begins a day before the first look", async (t) => {
  const messages = await startMessages(t);
  await messages.visit();
  const channel = await messages.channel();
  assert.equal(iso(channel?.since), iso(new Date(START.getTime() - DAY)));
  assert.deepEqual([channel?.state, channel?.code], [null, "unsettled"]);
});

test("later looks begin an hour before the last one ended, and a pause of three days takes four calls", async (t) => {
  const messages = await startMessages(t);
  await messages.visit();
  messages.taken();
  await messages.visit();
  assert.equal(messages.taken().length, 0, "not due before its next slot");

  messages.pass(3 * HOUR);
  await messages.visit();
  assert.deepEqual(covered(messages.taken()), {
    from: iso(new Date(START.getTime() - HOUR)),
    to: iso(new Date(START.getTime() + 3 * HOUR)),
  });
  const until = START.getTime() + 3 * HOUR;
  messages.pass(3 * DAY);
  await messages.visit();
  const windows = messages.taken();
  assert.equal(windows.length, Math.ceil((3 * DAY + HOUR) / DAY));
  assert.deepEqual(covered(windows), { from: iso(new Date(until - HOUR)), to: iso(new Date(until + 3 * DAY)) });
});

test("a record that shows up late is seen in the overlap, and what is seen twice counts once", async (t) => {
  const messages = await startMessages(t);
  const [early, late] = [new Date(START.getTime() - minutes(20)), new Date(START.getTime() - minutes(10))];
  await messages.write("a", early);
  await messages.visit();
  const [before] = await messages.cases();
  await messages.write("a", late, `${TEXT}九点`, true);
  messages.pass(3 * HOUR);
  await messages.visit();
  assert.equal((await messages.cases()).length, 1);
  assert.equal((await messages.cases())[0], before?.replace("open", "20T12:20:00"));
  assert.equal((await messages.db.selectFrom("reply_message").select("at").execute()).length, 2);
});

test("messages are looked at six times a day, at the account's own minute", async (t) => {
  const messages = await startMessages(t);
  await messages.county.collect(undefined, "statistics");
  await messages.visit();
  messages.taken();
  const hours: number[] = [];
  const minutesAsked = new Set<number>();
  for (let looks = 0; looks < 7; looks++) {
    messages.clock.now = await messages.due();
    hours.push((messages.clock.now.getUTCHours() + 8) % 24);
    minutesAsked.add(messages.clock.now.getTime() % HOUR);
    await messages.visit();
    assert.equal(messages.taken().length, 1);
  }
  assert.deepEqual(hours, [13, 16, 19, 22, 7, 10, 13]);
  assert.equal(minutesAsked.size, 1);
});

test("a visit at night asks nothing and returns in the morning, unless somebody wants it now", async (t) => {
  const messages = await startMessages(t);
  await messages.visit();
  messages.taken();
  for (const night of ["2026-11-20T15:00:00Z", "2026-11-20T19:30:00Z", "2026-11-20T22:59:59Z"]) {
    messages.clock.now = new Date(night);
    await messages.visit();
    assert.equal(messages.taken().length, 0, night);
    assert.equal((await messages.due()).toISOString().slice(0, 13), "2026-11-20T23");
  }
  await messages.visit({ recheck: true });
  assert.equal(messages.taken().length, 1);
  messages.clock.now = new Date("2026-11-21T14:59:59Z");
  await messages.visit();
  assert.equal(messages.taken().length, 1, "not yet night");
});

/** Pages of two records, told as if they were full. */
function inPages({ hands }: Messages, onPage: (page: number) => void = () => {}): void {
  hands.edit = (answer, { cursor }) => {
    const place = cursor === 1 ? 0 : cursor - 20_165_267;
    const rest = answer.recordlist ?? [];
    onPage(place / 2);
    if (rest.length <= 2) return;
    Object.assign(answer, { recordlist: rest.slice(0, 2), number: 10_000, msgid: 20_165_267 + place + 2 });
  };
}

async function writeFive(messages: Messages): Promise<void> {
  for (const [index, person] of ["a", "b", "c", "d", "e"].entries()) {
    await messages.write(person, new Date(START.getTime() - minutes(60 - index)));
  }
}

test("a window that holds more than one call gives is read to its end", async (t) => {
  const messages = await startMessages(t);
  inPages(messages);
  await writeFive(messages);
  await messages.visit();
  assert.deepEqual(
    messages.taken().flatMap(({ from, cursor }) => (cursor === 1 ? [] : [iso(from), cursor])),
    [20_165_269, 20_165_271].flatMap((cursor) => [iso(new Date(START.getTime() - DAY)), cursor]),
  );
  assert.equal((await messages.cases()).length, 5);
});

test("a look that is killed between two pages keeps what was saved and reads the window again", async (t) => {
  const messages = await startMessages(t);
  const kill = new AbortController();
  inPages(messages, (page) => {
    if (page === 1) kill.abort();
  });
  await writeFive(messages);
  await messages.write("a", new Date(START.getTime() - 3 * DAY + HOUR));
  assert.equal((await messages.visit({ signal: kill.signal })).outcome, "interrupted");
  const stored = () => messages.db.selectFrom("reply_message").select("at").execute();
  assert.equal((await stored()).length, 3, "the first page, and the window before");
  assert.equal((await messages.cases()).length, 1, "cases come with a whole window");
  assert.equal(iso((await messages.channel())?.until), iso(new Date(START.getTime() - DAY)));
  messages.taken();

  inPages(messages);
  assert.equal((await messages.visit()).outcome, "succeeded");
  assert.equal((await stored()).length, 6);
  assert.equal((await messages.cases()).length, 6);
  const begins = messages.taken().filter(({ cursor }) => cursor === 1);
  assert.deepEqual(covered(begins), { from: iso(new Date(START.getTime() - DAY - HOUR)), to: iso(START) });
  assert.equal(iso((await messages.channel())?.since), iso(new Date(START.getTime() - 3 * DAY)));
});

test("at the end of the quota what was seen is kept, and the next day goes on from there", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", new Date(START.getTime() - 13 * DAY));
  await writeFive(messages);
  await messages.county.call("settings", { dailyQuota: { getmsglist: 5 } });
  const cut = await messages.visit();
  assert.deepEqual([cut.outcome, cut.error?.scope], ["failed", "quota"]);
  assert.equal((await messages.cases()).length, 1);
  assert.match((await messages.coverage()) ?? "", /^failed/);
  const seen = await messages.channel();
  assert.equal(iso(seen?.until), iso(new Date(START.getTime() - 9 * DAY)));
  assert.equal(seen?.state, "measurable");

  await messages.county.call("settings", { dailyQuota: { getmsglist: 5_000 } });
  messages.taken();
  for (messages.clock.now = await messages.due(); dayOf(messages.clock.now) === "2026-11-20"; ) {
    assert.equal((await messages.visit()).error?.scope, "quota");
    messages.clock.now = await messages.due();
  }
  assert.equal(messages.taken().length, 0, "nothing is asked until the quota returns");
  assert.equal((await messages.visit()).outcome, "succeeded");
  assert.equal((await messages.cases()).length, 6);
  assert.equal(covered(messages.taken()).from, iso(new Date(START.getTime() - 9 * DAY - HOUR)));
  assert.equal(await messages.coverage(), "final");
});

test("an answer that is not understood fails the part, loses nothing and is asked again", async (t) => {
  const messages = await startMessages(t);
  await writeFive(messages);
  await messages.visit();
  messages.pass(3 * HOUR);
  await messages.write("f", messages.clock.now);
  messages.hands.edit = (answer) => Object.assign(answer, { recordlist: "none", number: null });
  const failed = await messages.visit();
  assert.deepEqual([failed.outcome, failed.error?.code], ["failed", "unexpected_shape"]);
  assert.equal(iso((await messages.channel())?.until), iso(START));
  messages.hands.edit = () => {};
  messages.clock.now = await messages.due();
  assert.ok(messages.clock.now.getTime() - START.getTime() < 4 * HOUR, "sooner than its next slot");
  assert.equal((await messages.visit()).outcome, "succeeded");
  assert.equal((await messages.cases()).length, 6);
});
