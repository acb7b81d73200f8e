import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ChannelSettings } from "../../../src/alerts/channels/channel.ts";
import { escapeMarkup } from "../../../src/alerts/channels/escape.ts";
import { channelOf, sendMessage } from "../../../src/alerts/channels/index.ts";
import { linkAddress } from "../../../src/alerts/channels/markup.ts";
import type { Line, Message } from "../../../src/alerts/letter.ts";
import { type RobotKind, startRobots } from "../../support/robots.ts";
import { context } from "./messages.ts";

const POISON = [
  ...["<@all>", "<@zhangsan>", "@all", "@所有人", "<at id=all></at>", "<at id=ou_x></at>", "＠all", "@13900000000"],
  ...["**", "*", "_", "~~", "`", "```", "[x](https://evil.test)", "](", "![x](y)", "# ", "> ", "- ", "---", "===", "|"],
  ...[
    "<font color=red>",
    "</font>",
    "&lt;@all&gt;",
    "&#60;@all&#62;",
    "\\<@all\\>",
    "<",
    ">",
    "<<@all>>",
    "< at id=all>",
  ],
  ...["https://evil.test/x", "www.evil.test", "\n", "\r\n", "\u2028", "\u0000", "\u202e", "\u200b", "\ud800", "\udc00"],
  ...["😀", "👨‍👩‍👧‍👦", "e\u0301\u0301", "“引号”", '"', "'", "{", "}", "水务局", " ", "    code"],
];
const hostile = fc.array(fc.oneof(fc.constantFrom(...POISON), fc.string({ unit: "binary" })), { maxLength: 6 });
const text = hostile.map((parts) => parts.join(""));
const url = fc.oneof(text, fc.webUrl({ withQueryParameters: true }), fc.constant("https://b.test/d/x?a=1&b=(2)*[3]_4"));
const line: fc.Arbitrary<Line> = fc.array(fc.oneof(text, fc.record({ strong: text }), fc.record({ link: url, text })), {
  maxLength: 4,
});
const severity = fc.constantFrom("info" as const, "warning" as const, "critical" as const, null);
const messages = (mentions: string[]): fc.Arbitrary<Message> =>
  fc.record({
    title: text.map((title) => `预警${title}`),
    severity,
    blocks: fc.array(fc.record({ heading: text, severity, lines: fc.array(line, { maxLength: 4 }) }), { maxLength: 4 }),
    closing: fc.array(line, { maxLength: 2 }),
    mentions: fc.shuffledSubarray([...mentions, "@all", "all", "a b", "<@x>", "x></at><at id=all", "ALL"]),
  });

const KINDS: { kind: RobotKind; mentions: string[]; own: RegExp }[] = [
  {
    kind: "wecom",
    mentions: ["zhangsan", "li.si@x"],
    own: /<@(zhangsan|li\.si@x)>|<\/?font( color="warning")?>|^## |^> /gm,
  },
  { kind: "wecom", mentions: ["zhangsan", "13800000000"], own: /<@zhangsan>|<\/?font( color="warning")?>|^## |^> /gm },
  { kind: "dingtalk", mentions: ["13800000000", "13900000000"], own: /@1[39][89]?0+\b|^### |^> |(?<= ) $/gm },
  { kind: "feishu", mentions: ["ou_0123", "lisi"], own: /<at id=(ou_0123|lisi)><\/at>/g },
  { kind: "hook", mentions: ["zhangsan"], own: /(?!)/g },
];

for (const [index, { kind, mentions, own }] of KINDS.entries()) {
  test(`whatever a message holds, ${kind} mentions nobody but its mentions (${mentions}) and its markup holds`, async (t) => {
    const robots = await startRobots(t, { rateLimits: false });
    const settings = settingsFor(kind, robots.add(kind, `robot${index}`, "signing"));
    const { bytes, limitBytes } = channelOf(settings.type);
    await fc.assert(
      fc.asyncProperty(messages(mentions), async (given) => {
        fc.pre(bytes(given) <= limitBytes);
        robots.clear();
        const sent = await sendMessage(given, settings, context({ now: new Date() }));
        assert.equal(sent.failure, null, sent.answer);
        const [accepted] = robots.accepted();
        assert.ok(accepted);
        const expected = given.mentions.filter((target) => mentions.includes(target));
        assert.deepEqual([...accepted.mentions].sort(), expected.sort());
        assert.ok(accepted.body.isWellFormed() && accepted.content.isWellFormed());
        assert.doesNotMatch(accepted.content, /(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028]/u);
        if (kind === "hook") return;
        const rest = accepted.content
          .replace(own, "")
          // Bold text and links, as a client pairs them.
          .replace(/\*\*[^*\n]+\*\*/g, "")
          .replace(/\[([^[\]()\n]*)\]\(https?:\/\/[^\s()]*\)/g, "$1")
          .replace(/ https?:\/\/\S+ ?/g, " ");
        assert.doesNotMatch(rest, /[<>@[\]()*_`#~|\\]|:\/\//);
        // Plain text knows no rules.
        const plain = kind === "wecom" && JSON.parse(accepted.body).msgtype === "text";
        if (!plain) assert.doesNotMatch(accepted.content, /^ *[-=]{3,}\s*$/m);
      }),
      { numRuns: 120 },
    );
  });
}

function settingsFor(kind: RobotKind, address: string): ChannelSettings {
  if (kind === "wecom") return { type: "wecom", url: address };
  if (kind === "hook") return { type: "webhook", url: address, signingSecret: "signing" };
  return { type: kind, url: address, signingSecret: "signing" };
}

test("a link leads where it says, whatever the host's name, and carries no password", () => {
  assert.equal(linkAddress("http://t/d/x?a=(b)#c"), "http://t/d/x?a=%28b%29#c");
  assert.equal(linkAddress("http://[::1]:3000/d/x"), "http://[::1]:3000/d/x");
  assert.equal(linkAddress("https://b.test:canary@b.test/d"), "https://b.test/d");
  assert.equal(linkAddress("javascript:alert(1)"), null);
});

test("ordinary names and sentences stay as they are", () => {
  for (const name of [
    "云溪发布",
    "云溪县人民政府办公室",
    "Yunxi-3 水务 2.0",
    "截至 2026-11-22 24:00，逾期 3 件。",
    "90%",
  ]) {
    assert.equal(escapeMarkup(name), name);
  }
  assert.equal(escapeMarkup("云溪(官方)"), "云溪（官方）");
});
