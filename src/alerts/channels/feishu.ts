import { createHmac } from "node:crypto";
import type { Severity } from "../../model.ts";
import type { Line, Message } from "../letter.ts";
import { numberOf, postMessage, secretsOf } from "./answer.ts";
import type { Channel } from "./channel.ts";
import { escapeMarkup } from "./escape.ts";
import { markdownLine, strong } from "./markup.ts";
import { mentionable } from "./mentions.ts";

const COLOURS: Record<Severity, string> = { info: "blue", warning: "orange", critical: "red" };
/** 9499 also says that the request was too long, which never happens here. */
const TOO_OFTEN = ["9499", "11232"];
/** As long as the real ones, for `bytes`. */
const UNSIGNED = { timestamp: "0".repeat(10), sign: "0".repeat(44) };

const div = (content: string) => ({ tag: "div", text: { tag: "lark_md", content } });

function bodyOf(message: Message, signature: { timestamp: string; sign: string } | null): string {
  const { title, severity, blocks, closing } = message;
  const text = (lines: readonly Line[]) => lines.map(markdownLine).filter((line) => line.trim() !== "");
  const mentions = mentionable("feishu", message.mentions).map((id) => `<at id=${id}></at>`);
  const elements = [
    ...blocks.map(({ heading, lines }) => [strong(heading), ...text(lines)]),
    text(closing),
    [mentions.join(" ")],
  ]
    .map((lines) => lines.filter((line) => line !== "").join("\n"))
    .filter((content) => content !== "")
    .map(div);
  return JSON.stringify({
    ...signature,
    msg_type: "interactive",
    card: {
      config: { wide_screen_mode: true },
      header: {
        template: severity === null ? "green" : COLOURS[severity],
        title: { tag: "plain_text", content: escapeMarkup(title) },
      },
      elements,
    },
  });
}

/** https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: the text to sign is the key, of nothing. */
function signatureOf(signingSecret: string, now: Date): { timestamp: string; sign: string } {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  return { timestamp, sign: createHmac("sha256", `${timestamp}\n${signingSecret}`).digest("base64") };
}

export const feishu: Channel<"feishu"> = {
  type: "feishu",
  /** A card may have 30 KB, a custom robot's request 20. */
  limitBytes: 20_000,
  perMinute: 100,
  addressed: false,
  bytes: (message) => Buffer.byteLength(bodyOf(message, UNSIGNED)),
  send(message, { url, signingSecret }, context) {
    const signature = signingSecret === null ? null : signatureOf(signingSecret, context.now);
    const secrets = [...secretsOf(url), signingSecret ?? "", signature?.sign ?? ""];
    return postMessage(context, { url, body: bodyOf(message, signature), secrets }, ({ code, StatusCode }) => {
      const number = numberOf(code ?? StatusCode);
      return { code: number, waitMs: number !== null && TOO_OFTEN.includes(number) ? 60_000 : undefined };
    });
  },
};
