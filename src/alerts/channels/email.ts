import type { Message } from "../letter.ts";
import { quotable } from "./answer.ts";
import type { Channel, SendContext, Sent, SettingsOf } from "./channel.ts";
import { clean } from "./escape.ts";
import { plainText } from "./markup.ts";
import { targetFault } from "./mentions.ts";

const STEP_TIMEOUT_MS = 10_000;
/** Below the time that a notifier holds a target. */
const TIMEOUT_MS = 20_000;

interface MailFault extends Error {
  code?: string;
  originalCode?: string;
  responseCode?: number;
  response?: string;
}

const textOf = (message: Message) => plainText(message, clean);

async function openTransport({ host, port, tls, user, password }: SettingsOf<"email">) {
  // Here only: whoever reads the routes leads to this file, and most counties send no mail.
  const { createTransport } = await import("nodemailer");
  return createTransport({
    ...{ host, port },
    secure: tls === "tls",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...(user === null || password === null ? {} : { auth: { user, pass: password } }),
    connectionTimeout: STEP_TIMEOUT_MS,
    dnsTimeout: STEP_TIMEOUT_MS,
    greetingTimeout: STEP_TIMEOUT_MS,
    socketTimeout: STEP_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Mail servers answer in sentences; what is counted is their number, or a system's or TLS' error code. */
function failureOf({ code = "", originalCode = "", responseCode, message }: MailFault): string {
  if (code === "ETLS" && originalCode === "") return "no_starttls";
  if (responseCode !== undefined && responseCode >= 400) return `smtp_${responseCode}`;
  if (code === "ETIMEDOUT" || /timeout/i.test(message)) return "timeout";
  return [originalCode, code].find((word) => /^[A-Z][A-Z0-9_]{2,39}$/.test(word)) ?? "network";
}

async function deliver(message: Message, settings: SettingsOf<"email">, context: SendContext): Promise<Sent> {
  const { from, user, password } = settings;
  const domain = from.slice(from.lastIndexOf("@") + 1).replace(/[>\s].*$/, "");
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const mail = {
    from,
    to: { name: "", address: context.address },
    subject: clean(message.title),
    text: textOf(message),
    textEncoding: "base64" as const,
    messageId: `<${context.id}@${domain}>`,
    headers: { "auto-submitted": "auto-generated" },
    date: context.now,
    signal: AbortSignal.any([context.signal, late]),
  };
  // As AUTH LOGIN and AUTH PLAIN send it.
  const encoded = [password ?? "", `\0${user}\0${password}`].map((text) => Buffer.from(text).toString("base64"));
  const secrets = [password ?? "", ...encoded];
  try {
    const transport = await openTransport(settings);
    const { response } = await transport.sendMail(mail);
    return { failure: null, answer: quotable(response, secrets), retryAfterMs: null };
  } catch (error) {
    context.signal.throwIfAborted();
    const fault = error as MailFault;
    const failure = late.aborted ? "timeout" : failureOf(fault);
    return { failure, answer: quotable(fault.response ?? fault.message, secrets), retryAfterMs: null };
  }
}

export const email: Channel<"email"> = {
  type: "email",
  limitBytes: 200_000,
  perMinute: 20,
  addressed: true,
  bytes: (message) => Buffer.byteLength(textOf(message)),
  async send(message, settings, context) {
    context.signal.throwIfAborted();
    const fault = targetFault("email", context.address);
    if (fault !== null) return { failure: "address", answer: fault, retryAfterMs: null };
    return await deliver(message, settings, context);
  },
};
