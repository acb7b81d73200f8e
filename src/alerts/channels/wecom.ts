import type { Message } from "../letter.ts";
import { numberOf, postMessage, secretsOf } from "./answer.ts";
import type { Channel } from "./channel.ts";
import { escapeMarkup } from "./escape.ts";
import { markdownLine, plainText, strong } from "./markup.ts";
import { isMobile, mentionable } from "./mentions.ts";

/** https://developer.work.weixin.qq.com/document/path/91770: bytes of `content`. */
const LIMIT_BYTES = { markdown: 4096, text: 2048 };
const TOO_OFTEN = "45009";

type Body =
  | { msgtype: "markdown"; markdown: { content: string } }
  | { msgtype: "text"; text: { content: string; mentioned_list: string[]; mentioned_mobile_list: string[] } };

/** Markdown knows no mobile numbers: a message that mentions one is plain text as a whole, so that it stays one send. */
function bodyOf(message: Message): Body {
  const mentions = mentionable("wecom", message.mentions);
  const mobiles = mentions.filter(isMobile);
  if (mobiles.length === 0) return { msgtype: "markdown", markdown: { content: markdownOf(message, mentions) } };
  return {
    msgtype: "text",
    text: {
      content: plainText(message),
      mentioned_list: mentions.filter((target) => !isMobile(target)),
      mentioned_mobile_list: mobiles,
    },
  };
}

function markdownOf({ title, blocks, closing }: Message, mentions: readonly string[]): string {
  const parts = blocks.map(({ heading, severity, lines }) => {
    const coloured = severity !== null && severity !== "info";
    const head = coloured ? `<font color="warning">${escapeMarkup(heading)}</font>` : strong(heading);
    return [heading === "" ? "" : head, ...lines.map(markdownLine)];
  });
  return [
    [`## ${escapeMarkup(title)}`],
    ...parts,
    closing.map((line) => `> ${markdownLine(line)}`),
    [mentions.map((target) => `<@${target}>`).join(" ")],
  ]
    .map((part) => part.filter((line) => line.trim() !== "").join("\n"))
    .filter((part) => part !== "")
    .join("\n\n");
}

export const wecom: Channel<"wecom"> = {
  type: "wecom",
  limitBytes: LIMIT_BYTES.markdown,
  perMinute: 20,
  addressed: false,
  bytes(message) {
    const body = bodyOf(message);
    if (body.msgtype === "markdown") return Buffer.byteLength(body.markdown.content);
    return Buffer.byteLength(body.text.content) * (LIMIT_BYTES.markdown / LIMIT_BYTES.text);
  },
  send(message, { url }, context) {
    const request = { url, body: JSON.stringify(bodyOf(message)), secrets: secretsOf(url) };
    return postMessage(context, request, ({ errcode }) => {
      const code = numberOf(errcode);
      return { code, waitMs: code === TOO_OFTEN ? 60_000 : undefined };
    });
  },
};
