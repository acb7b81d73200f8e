import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { Channel, ChannelSettings, ChannelType } from "../../src/alerts/channels/channel.ts";
import { createSendHttp } from "../../src/alerts/channels/http.ts";
import { channelOf, sendMessage } from "../../src/alerts/channels/index.ts";
import { type AlertEntry, composeAlerts } from "../../src/alerts/compose.ts";
import type { Item, Letter, Line, Message } from "../../src/alerts/letter.ts";
import { type Page, paginate } from "../../src/alerts/paginate.ts";
import { alertParts } from "../../src/alerts/parts.ts";
import { SEVERITIES } from "../../src/model.ts";
import { startRobots } from "../support/robots.ts";
import { report, rounds } from "../support/rounds.ts";
import { BOARDS_URL, entryOf, NOW, ordinaryEntries } from "./entries.ts";
import { poisonNames } from "./poison.ts";

const compose = (entries: readonly AlertEntry[]) => composeAlerts(entries, { boardsUrl: BOARDS_URL, now: NOW });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const told = (pages: readonly Page[]) => pages.flatMap(({ notifications }) => notifications);
const textOf = ({ title, blocks, closing }: Message) => {
  const line = (spans: Line) =>
    spans.map((span) => (typeof span === "string" ? span : Object.values(span).at(-1))).join("");
  return [title, ...blocks.flatMap(({ heading, lines }) => [heading, ...lines.map(line)]), ...closing.map(line)].join(
    "\n",
  );
};
/** Counts the bytes of the text and of who is mentioned. */
const plain = (limitBytes: number): Pick<Channel, "limitBytes" | "bytes"> => ({
  limitBytes,
  bytes: (message) => Buffer.byteLength(textOf(message)) + Buffer.byteLength(message.mentions.join()),
});
const item = (id: number, fields: Partial<Item> = {}): Item => ({
  ...{ notifications: [id], mentions: [], full: [[`账号${id}：很长的说明`], ["第二行"]], brief: [`账号${id}：说明`] },
  ...{ name: `账号${id}` },
  ...fields,
});
const letterOf = (items: readonly Item[]): Letter => ({
  ...{ title: "题", closing: [["尾"]] },
  sections: [{ heading: "节", severity: "warning", items, advice: ["办法"] }],
});

test("what fits one message is told in full, unnumbered, each section with its advice", () => {
  const letter: Letter = {
    ...{ title: "题", closing: [["尾"]] },
    sections: [
      { heading: "甲", severity: "critical", items: [item(1), item(2)], advice: ["办法"] },
      { heading: "乙", severity: null, items: [] },
      { heading: "丙", severity: null, items: [item(3, { notifications: [3, 4] })] },
    ],
  };
  const pages = paginate(letter, plain(4_096), 3);
  assert.deepEqual(told(pages), [1, 2, 3, 4]);
  assert.equal(
    pages.map(({ message }) => textOf(message)).join("\n---\n"),
    "题\n甲\n账号1：很长的说明\n第二行\n账号2：很长的说明\n第二行\n办法\n丙\n账号3：很长的说明\n第二行\n尾",
  );
  assert.equal(pages[0]?.message.severity, "critical");
});

test("the fullest form that fits is taken: full, then one line each, then names run on", () => {
  const letter = letterOf(numbers(12).map((id) => item(id)));
  const forms = [2_000, 350, 200].map((limit) => paginate(letter, plain(limit), 1));
  assert.deepEqual(
    forms.map((pages) => pages.length),
    [1, 1, 1],
  );
  assert.deepEqual(
    forms.map(([page]) => page?.message.blocks[0]?.lines.length),
    [25, 13, 2],
  );
  for (const pages of forms) assert.deepEqual(told(pages), numbers(12));
  assert.match(textOf(forms[2]?.[0]?.message as Message), /账号1、账号2、/);
});

test("messages are numbered, headings and closing repeat, and no item is split", () => {
  const pages = paginate(letterOf(numbers(9).map((id) => item(id))), plain(200), 9);
  assert.deepEqual(
    pages.map(({ message }) => message.title),
    ["题（1/3）", "题（2/3）", "题（3/3）"],
  );
  for (const { message, notifications } of pages) {
    assert.deepEqual(message.closing, [["尾"]]);
    assert.deepEqual(
      message.blocks.map(({ heading }) => heading),
      ["节"],
    );
    assert.equal(message.blocks[0]?.lines.length, 2 * notifications.length + 1);
    assert.deepEqual(message.blocks[0]?.lines.at(-1), ["办法"]);
  }
});

test("what does not fit even by name is left for later, from the end", () => {
  const pages = paginate(letterOf(numbers(500).map((id) => item(id))), plain(300), 2);
  assert.equal(pages.length, 2);
  assert.deepEqual(told(pages), numbers(told(pages).length));
  assert.ok(told(pages).length > 30 && told(pages).length < 500);
  assert.deepEqual(paginate(letterOf([item(1)]), plain(300), 0), []);
  assert.deepEqual(paginate(letterOf([]), plain(300), 3), []);
});

test("an item too long for a message of its own is told in brief, and in brief too long it is cut", () => {
  const long = item(1, { full: [["文".repeat(65_536)]] });
  assert.match(textOf(paginate(letterOf([long]), plain(300), 3)[0]?.message as Message), /^账号1：说明$/m);

  const family = "👨‍👩‍👧‍👦";
  const brief: Line = [{ strong: "云溪" }, family.repeat(6_000), { link: "https://example.com", text: "看板" }];
  const pages = paginate(letterOf([item(1), item(2, { full: [brief], brief }), item(3)]), plain(300), 9);
  assert.deepEqual(told(pages), [1, 2, 3]);
  const cut = pages.map(({ message }) => textOf(message)).find((text) => text.includes("云溪")) ?? "";
  assert.match(cut, new RegExp(`^云溪(?:${family})+…$`, "mu"));
  assert.ok(Buffer.byteLength(cut) > 270);
});

test("mentions fill a quarter of a message at most, and none where names need the room", () => {
  const people = (count: number) => numbers(count).map((id) => item(id, { mentions: [`user-${id}`, "chief"] }));
  const few = paginate(letterOf(people(5)), plain(4_096), 1)[0]?.message.mentions;
  assert.deepEqual(few, ["user-1", "chief", "user-2", "user-3", "user-4", "user-5"]);
  const many = paginate(letterOf(people(200)), plain(4_096), 3).flatMap(({ message }) => message.mentions);
  assert.ok(many.length > 40 && many.length < 200, String(many.length));
  const tight = paginate(letterOf(people(300)), plain(3_600), 1);
  assert.deepEqual(told(tight), numbers(300));
  assert.deepEqual(tight[0]?.message.mentions, []);
});

test("where plain text is too short for the names WeCom's mobile numbers are dropped, and user ids only for names", () => {
  const wecom = channelOf("wecom");
  const mobile = (id: number) => String(13_800_000_000 + id);
  const either = (id: number) => (id % 2 === 0 ? mobile(id) : `clerk${id}`);
  const messageAbout = (count: number, fields: Partial<Item>): Message => {
    const items = numbers(count).map((id) => item(id, { mentions: [either(id)], ...fields }));
    const [part, ...others] = alertParts(letterOf(items), wecom, { channel: "county", address: "" }, 3);
    assert.ok(part && others.length === 0);
    assert.deepEqual(told([part]), numbers(count));
    assert.ok(wecom.bytes(part.message) <= wecom.limitBytes);
    return part.message;
  };
  const all = messageAbout(40, { full: [["说".repeat(100)]] });
  assert.deepEqual(all.mentions, numbers(40).map(either));
  assert.equal(all.blocks[0]?.lines.length, 41, "in brief, as plain text");

  const name = "云溪县人力资源和社会保障局".repeat(2);
  const ids = messageAbout(40, { full: [[name, "更新"]], brief: [name], name });
  assert.deepEqual(
    ids.mentions,
    numbers(40)
      .map(either)
      .filter((target) => target.startsWith("clerk")),
  );
  assert.equal(ids.blocks[0]?.lines.length, 41, "in full again, as markdown");

  const quarter = messageAbout(180, { name: "云溪号" }).mentions;
  assert.ok(quarter.length > 30 && quarter.length < 90, String(quarter.length));
  assert.deepEqual(
    quarter,
    quarter.map((_, index) => `clerk${2 * index + 1}`),
  );

  assert.deepEqual(messageAbout(320, { name: "云溪号" }).mentions, []);
});

test("three hundred accounts of ordinary names fit three messages of every channel, each named", (t) => {
  for (const type of ["wecom", "dingtalk", "feishu", "email", "webhook"] as const) {
    for (const mobile of [false, true]) {
      const entries = ordinaryEntries(300, { severity: "critical" }).map((entry, index) => ({
        ...entry,
        mentions: [mobile ? String(13_800_000_000 + index) : `clerk${index}`],
      }));
      const pages = paginate(compose(entries), channelOf(type), 3);
      const text = pages.map(({ message }) => textOf(message)).join("\n");
      assert.ok(pages.length <= 3);
      assert.deepEqual(
        told(pages).sort((a, b) => a - b),
        numbers(300),
      );
      for (const { facts } of entries) assert.ok(text.includes(facts?.name ?? "?"));
      const bytes = pages.map(({ message }) => channelOf(type).bytes(message));
      for (const size of bytes) assert.ok(size <= channelOf(type).limitBytes);
      report(t, `300 accounts, ${type}${mobile ? ", mobiles" : ""}`, `${pages.length} messages`, "3");
    }
  }
});

test("five hundred accounts are cut while the channel is asked for few sizes", (t) => {
  for (const type of ["wecom", "dingtalk", "feishu", "email", "webhook"] as const) {
    const letter = compose(ordinaryEntries(500));
    let asked = 0;
    const { limitBytes, bytes } = channelOf(type);
    const counted = {
      limitBytes,
      bytes(message: Message) {
        asked += 1;
        return bytes(message);
      },
    };
    paginate(letter, counted, 3);
    assert.ok(asked <= 80, `${type}: ${asked} sizes`);
    report(t, `500 accounts cut for ${type}: sizes asked for`, String(asked), "80");
  }
});

const PEOPLE: Partial<Record<ChannelType, readonly string[]>> = {
  wecom: ["zhangsan", "li.si", "13800000001"],
  dingtalk: ["13800000001", "13800000002"],
  feishu: ["ou_1a2b", "zhangsan"],
  webhook: ["zhangsan"],
};

/** Sends each message to the stand-in of the real robot, which refuses what is too long. */
async function startRobot(t: TestContext, type: "wecom" | "dingtalk" | "feishu" | "webhook") {
  const robots = await startRobots(t, { rateLimits: false });
  const url = robots.add(type === "webhook" ? "hook" : type, "robot", type === "webhook" ? "s" : null);
  const settings = { type, url, signingSecret: type === "webhook" ? "s" : null } as ChannelSettings;
  const http = createSendHttp({});
  return async (message: Message) => {
    const context = { http, now: new Date(), signal: new AbortController().signal, address: "", id: "1" };
    assert.equal((await sendMessage(message, settings, context)).failure, null);
    const sent = robots.accepted("robot").at(-1);
    robots.clear();
    assert.ok(sent);
    return sent;
  };
}

for (const type of ["wecom", "dingtalk", "feishu", "webhook"] as const) {
  test(`messages of 1 to 500 accounts of poisoned names hold for ${type}`, async (t) => {
    const send = await startRobot(t, type);
    const channel = channelOf(type);
    const entries = fc
      .record({
        names: fc.array(poisonNames, { minLength: 2, maxLength: 12 }),
        count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 500 })),
        alerts: fc.subarray(["AccountPublishDue", "AccountBlind", "AccountRepliesOverdue", "自设<@all>"], {
          minLength: 1,
        }),
        people: fc.subarray([...(PEOPLE[type] ?? [])]),
      })
      .map(({ names, count, alerts, people }) =>
        numbers(count).map((id) =>
          entryOf({
            ...{ notifications: [id], mentions: people.length > 0 ? [people[id % people.length] ?? ""] : [] },
            alert: alerts[id % alerts.length] ?? "",
            severity: SEVERITIES[id % 3] ?? "info",
            kind: id % 7 === 0 ? "resolved" : "fired",
            subject: names[id % names.length] ?? "",
            facts: {
              ...{ id, code: `a${id}`, name: names[id % names.length] ?? "" },
              departmentName: names[(id + 1) % names.length] ?? "",
              errorReason: names[(id + 2) % names.length] ?? "",
            },
          }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(entries, fc.constantFrom(1, 3, 1_000), async (all, maxMessages) => {
        const pages = paginate(compose(all), channel, maxMessages);
        const ids = told(pages);
        assert.ok(pages.length <= maxMessages);
        assert.equal(new Set(ids).size, ids.length);
        if (maxMessages === 1_000) assert.equal(ids.length, all.length);
        const allowed = new Set(all.flatMap(({ mentions }) => mentions));
        for (const { message } of pages) {
          assert.ok(channel.bytes(message) <= channel.limitBytes);
          const { content, body, mentions } = await send(message);
          assert.deepEqual(new Set(mentions), new Set(message.mentions));
          assert.ok(message.mentions.every((mention) => allowed.has(mention)));
          assert.ok(body.isWellFormed() && content.isWellFormed());
          assert.doesNotMatch(content, /[\ufffd\0\r\u202a-\u202e\u2066-\u2069]/u);
          assert.doesNotMatch(content, /@(?:all|所有人)|<script|evil\.example\.com\)/);
        }
      }),
      { numRuns: rounds(15, 500), endOnFailure: true },
    );
  });
}
