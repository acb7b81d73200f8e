import type { Message } from "../letter.ts";
import type { SendHttp } from "./http.ts";

export const CHANNEL_TYPES = ["wecom", "dingtalk", "feishu", "email", "webhook"] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** A channel of the routes file with its secrets read: never logged, never stored. */
export type ChannelSettings =
  | { type: "wecom"; url: string }
  | { type: "dingtalk" | "feishu"; url: string; signingSecret: string | null }
  | {
      type: "email";
      host: string;
      port: number;
      /** `starttls` refuses a server that offers none; `none` is for a relay on the same machine. */
      tls: "starttls" | "tls" | "none";
      user: string | null;
      password: string | null;
      from: string;
    }
  | { type: "webhook"; url: string; signingSecret: string };

export type SettingsOf<Type extends ChannelType> = Extract<ChannelSettings, { type: Type }>;

export interface SendContext {
  http: SendHttp;
  now: Date;
  signal: AbortSignal;
  /** Mail: whom to write to. Empty for channels that are one chat. */
  address: string;
  /** The same for each try to send the same, so that who receives it can tell. */
  id: string;
}

export interface Sent {
  /** Null: it was accepted. Else a short stable word or the channel's own number, the metric's label. */
  failure: string | null;
  /** The channel's own answer in its words, without secrets; for people who test a channel. */
  answer: string;
  /** The channel says how long to wait. */
  retryAfterMs: number | null;
}

export interface Channel<Type extends ChannelType = ChannelType> {
  type: Type;
  /** Of what `bytes` counts. */
  limitBytes: number;
  perMinute: number;
  /** Each target is a person's address of its own; else all share one chat and are mentioned in it. */
  addressed: boolean;
  /** Size of the message as it would be sent, in what the channel limits. */
  bytes(message: Message): number;
  /** Sends once. Rejects only with the signal's reason. */
  send(message: Message, settings: SettingsOf<Type>, context: SendContext): Promise<Sent>;
}
