import { createHmac } from "node:crypto";
import type { Message } from "../letter.ts";
import { numberOf, postMessage, secretsOf } from "./answer.ts";
import type { Channel } from "./channel.ts";
import { escapeMarkup } from "./escape.ts";
import { markdownLine, strong } from "./markup.ts";
import { mentionable } from "./mentions.ts";

/** Who sends more than 20 a minute is refused for ten minutes. */
const TOO_OFTEN = ["130101", "410100", "660026"];

function bodyOf(message: Message): string {
  const mobiles = mentionable("dingtalk", message.mentions);
  return JSON.stringify({
    msgtype: "markdown",
    markdown: { title: escapeMarkup(message.title), text: markdownOf(message, mobiles) },
    at: { atMobiles: mobiles, isAtAll: false },
  });
}

/** A number of `atMobiles` is mentioned where it stands in the text. */
function markdownOf({ title, blocks, closing }: Message, mobiles: readonly string[]): string {
  return [
    [`### ${escapeMarkup(title)}`],
    ...blocks.map(({ heading, lines }) => [strong(heading), ...lines.map(markdownLine)]),
    closing.map((line) => `> ${markdownLine(line)}`),
    [mobiles.map((mobile) => `@${mobile}`).join(" ")],
  ]
    .map((part) => part.filter((line) => line.trim() !== "").join("  \n"))
    .filter((part) => part !== "")
    .join("\n\n");
}

/** https://open.dingtalk.com/document/robots/custom-robot-access, "加签". */
function signed(url: string, signingSecret: string | null, now: Date): string {
  if (signingSecret === null) return url;
  const timestamp = String(now.getTime());
  const sign = createHmac("sha256", signingSecret).update(`${timestamp}\n${signingSecret}`).digest("base64");
  const address = new URL(url);
  address.searchParams.set("timestamp", timestamp);
  address.searchParams.set("sign", sign);
  return address.href;
}

export const dingtalk: Channel<"dingtalk"> = {
  type: "dingtalk",
  limitBytes: 20_000,
  perMinute: 20,
  addressed: false,
  bytes: (message) => Buffer.byteLength(bodyOf(message)),
  send(message, { url, signingSecret }, context) {
    const address = signed(url, signingSecret, context.now);
    const secrets = [...secretsOf(url), ...secretsOf(address), signingSecret ?? ""];
    return postMessage(context, { url: address, body: bodyOf(message), secrets }, ({ errcode }) => {
      const code = numberOf(errcode);
      return { code, waitMs: code !== null && TOO_OFTEN.includes(code) ? 600_000 : undefined };
    });
  },
};
