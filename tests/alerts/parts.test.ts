import assert from "node:assert/strict";
import { test } from "node:test";
import { channelOf } from "../../src/alerts/channels/index.ts";
import { composeAlerts } from "../../src/alerts/compose.ts";
import type { Letter } from "../../src/alerts/letter.ts";
import { alertParts, digestParts, type Part } from "../../src/alerts/parts.ts";
import { entryOf } from "./entries.ts";
import { days, minutes, NOW } from "./support.ts";

const CHAT = { channel: "chat", address: "" };
const WECOM = channelOf("wecom");
const textOf = (parts: readonly Part[]) => JSON.stringify(parts.map(({ message }) => message));

/** Due soon, so that the text counts hours. */
const lettersAt = (now: Date, ...ids: number[]) =>
  composeAlerts(
    ids.map((id) =>
      entryOf({ notifications: [id], facts: { code: `a${id}`, name: `云溪公众号${id}`, deadlineAt: days(1.9) } }),
    ),
    { boardsUrl: null, now },
  );

test("a further try of the same news has the same id, whatever the time in its text; other news has another", () => {
  const idsAt = (now: Date, target = CHAT, ...ids: number[]) =>
    alertParts(lettersAt(now, ...ids), WECOM, target, 3).map(({ id }) => id);
  const [first, hourLater] = [lettersAt(NOW, 1), lettersAt(minutes(61), 1)];
  assert.notEqual(first.title, hourLater.title);
  assert.deepEqual(idsAt(minutes(61), CHAT, 1), idsAt(NOW, CHAT, 1));
  assert.deepEqual(idsAt(NOW, CHAT, 1, 2), idsAt(minutes(90), CHAT, 2, 1));
  const ids = [
    idsAt(NOW, CHAT, 1),
    idsAt(NOW, CHAT, 2),
    idsAt(NOW, CHAT, 1, 2),
    idsAt(NOW, { ...CHAT, channel: "b" }, 1),
  ];
  assert.equal(new Set(ids.flat()).size, 4);
});

const digestOf = (items: number, length: number): Letter => ({
  title: "每日提要",
  sections: [
    {
      heading: "需要处理",
      severity: "warning",
      items: Array.from({ length: items }, (_, index) => {
        const name = `${index}号`.padEnd(length, "溪");
        const notifications = index === items - 1 ? [7, 8] : [];
        return { notifications, mentions: [`m${index}`], full: [[name.repeat(3)]], brief: [name], name };
      }),
    },
  ],
  closing: [],
});

test("a digest is delivered with its last message, and each message says the same on every try", () => {
  const parts = digestParts(digestOf(100, 20), WECOM, CHAT, 3);
  assert.ok(parts.length > 1);
  for (const [index, { notifications, begun }] of parts.entries()) {
    const isLast = index === parts.length - 1;
    assert.deepEqual([notifications, begun], isLast ? [[7, 8], []] : [[], [7, 8]]);
  }
  assert.deepEqual(digestParts(digestOf(100, 20), WECOM, CHAT, 3), parts);
  assert.equal(new Set(parts.map(({ id }) => id)).size, parts.length);
});

test("what of a digest fits no message is counted in the last one, which delivers it all the same", () => {
  for (const items of [400, 3_000]) {
    const parts = digestParts(digestOf(items, 40), WECOM, CHAT, 3);
    assert.equal(parts.length, 3);
    for (const { message } of parts) assert.ok(WECOM.bytes(message) <= WECOM.limitBytes);
    const missing = Number(/另有 (\d+) 项，请查看看板/.exec(textOf(parts.slice(-1)))?.[1]);
    const shown = Array.from({ length: items }, (_, index) => index).filter((index) =>
      new RegExp(`"[^"]*(?<!\\d)${index}号`).test(textOf(parts)),
    );
    assert.equal(shown.length + missing, items);
    assert.deepEqual(parts.at(-1)?.notifications, [7, 8]);
  }
});
