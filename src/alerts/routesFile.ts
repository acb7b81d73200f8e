import { z } from "zod";

const text = z.string({ error: "expected text" }).min(1, "expected text");
const file = text.describe("path, relative to the routes file");
const NAME = /^[a-z0-9-]{1,40}$/;
const name = z.string().regex(NAME);
const channelName = z.string({ error: "expected a channel's name" }).regex(NAME, "expected a channel's name");
const host = text.regex(/^[A-Za-z0-9.:-]+$/, "expected a host name or an address");
const sender = text.regex(
  /^([^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/,
  "expected a mail address, or: name <address>",
);
const port = z.int({ error: "expected a port" }).min(1).max(65_535);

/** An address of ours or of a robot: what is sent there is confidential. */
export function isSafeUrl(url: string): boolean {
  // Of two lines the parser would make one address.
  const parsed = /\s/.test(url) ? null : URL.parse(url);
  return parsed?.protocol === "https:" || (parsed?.protocol === "http:" && isLoopback(parsed.hostname));
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(host);
}

const url = text.refine(isSafeUrl, "expected an https:// address (http:// on this machine only)");

const channel = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("wecom"), secret_file: file }),
    z.strictObject({ type: z.literal("dingtalk"), secret_file: file, signing_secret_file: file.optional() }),
    z.strictObject({ type: z.literal("feishu"), secret_file: file, signing_secret_file: file.optional() }),
    z
      .strictObject({
        type: z.literal("email"),
        host,
        port: port.optional(),
        tls: z.enum(["starttls", "tls", "none"], { error: "expected starttls, tls or none" }).default("starttls"),
        user: text.optional(),
        secret_file: file.optional(),
        from: sender,
      })
      .refine(({ user, secret_file }) => (user === undefined) === (secret_file === undefined), {
        message: "expected both user and secret_file, or neither",
      })
      .refine(({ tls, host: server }) => tls !== "none" || isLoopback(server), {
        message: "expected a server on this machine, or other than none",
        path: ["tls"],
      }),
    z.strictObject({ type: z.literal("webhook"), url, secret_file: file }),
  ],
  { error: "expected wecom, dingtalk, feishu, email or webhook" },
);

/** YAML reads a mobile number without quotes as a number. */
const target = z
  .union([text, z.int().transform(String)], { error: "expected text" })
  .nullish()
  .transform((value) => value ?? null);
const hops = z.array(z.strictObject({ channel: channelName, target }), { error: "expected a list" });

export const routesFile = z.strictObject({
  boards_url: z
    .string()
    .refine((value) => /^https?:/.test(URL.parse(value)?.protocol ?? ""), "expected an http:// or https:// address")
    .transform((value) => value.replace(/\/+$/, ""))
    .nullish()
    .transform((value) => value ?? null),
  channels: z.record(name, channel, { error: "expected channels by name" }),
  duty: hops.min(1, "expected at least one way to the duty group"),
  departments: z
    .record(
      name,
      z.array(z.strictObject({ name: text.max(100), via: hops.min(1, "expected at least one way") })).min(1),
    )
    .nullish()
    .transform((value) => value ?? {}),
});

export type RoutesFile = z.infer<typeof routesFile>;
export type ChannelEntry = RoutesFile["channels"][string];
