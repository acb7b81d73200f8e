import { createHmac } from "node:crypto";
import type { Message } from "../letter.ts";
import { postMessage, secretsOf } from "./answer.ts";
import type { Channel } from "./channel.ts";
import { escapeMarkup } from "./escape.ts";
import { plainLine, plainText } from "./markup.ts";
import { mentionable } from "./mentions.ts";

const ID_CHARACTERS = 64;

/** Texts are escaped here too: who receives them often passes them on to a chat. */
function bodyOf(message: Message, id: string): string {
  const { title, severity, blocks, closing, mentions } = message;
  return JSON.stringify({
    id,
    title: escapeMarkup(title),
    severity,
    text: plainText(message),
    items: blocks.map(({ heading, severity: own, lines }) => ({
      heading: escapeMarkup(heading),
      severity: own,
      lines: lines.map((line) => plainLine(line)),
    })),
    closing: closing.map((line) => plainLine(line)),
    mentions: mentionable("webhook", mentions),
  });
}

export const webhook: Channel<"webhook"> = {
  type: "webhook",
  limitBytes: 256 * 1024,
  perMinute: 60,
  addressed: false,
  bytes: (message) => Buffer.byteLength(bodyOf(message, "0".repeat(ID_CHARACTERS))),
  async send(message, { url, signingSecret }, context) {
    const body = bodyOf(message, context.id);
    const timestamp = String(Math.floor(context.now.getTime() / 1_000));
    const signature = createHmac("sha256", signingSecret).update(`${timestamp}.${body}`).digest("hex");
    const headers = {
      "idempotency-key": context.id,
      "x-govmatrix-timestamp": timestamp,
      "x-govmatrix-signature": `sha256=${signature}`,
    };
    const secrets = [...secretsOf(url), signingSecret, signature];
    return await postMessage(context, { url, body, headers, secrets }, null);
  },
};
