import type { ChannelType } from "./channel.ts";

const MOBILE = /^1\d{10}$/;
const EVERYBODY = /^@?all$/i;
const ID = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/;

const TARGETS: Record<ChannelType, { pattern: RegExp; expected: string }> = {
  wecom: { pattern: ID, expected: "a user id or a mobile number" },
  // A custom robot mentions by mobile number only.
  dingtalk: { pattern: MOBILE, expected: "a mobile number of 11 digits" },
  // A custom robot mentions by id only: it may not look anybody up.
  feishu: {
    pattern: /^(?!1\d{10}$)[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    expected: "an open_id or a user_id (a Feishu robot cannot mention mobile numbers)",
  },
  email: { pattern: /^[^\s@<>()[\],;:"\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, expected: "a mail address" },
  webhook: { pattern: ID, expected: "a name of letters and digits" },
};

export function isMobile(target: string): boolean {
  return MOBILE.test(target);
}

/** Whether to mention somebody leaves less room for words: plain text, which it takes, may be half as long. */
export function crampsText(type: ChannelType, target: string): boolean {
  return type === "wecom" && isMobile(target);
}

/** What a channel cannot take for one person's target; null is well. Nobody may mention everybody. */
export function targetFault(type: ChannelType, target: string): string | null {
  const { pattern, expected } = TARGETS[type];
  return pattern.test(target) && !EVERYBODY.test(target) ? null : `expected ${expected}`;
}

/** Each once, without what the channel could take for somebody or something else. */
export function mentionable(type: ChannelType, mentions: readonly string[]): string[] {
  return [...new Set(mentions)].filter((target) => targetFault(type, target) === null);
}
