import { randomBytes } from "node:crypto";
import { type Day, dayAt } from "./calendar.ts";

/** Both interfaces give tokens that do not affect each other's. */
type Namespace = "stable" | "legacy";

const lifetimeMs = 7_200_000;
/** The platform renews so early, and the replaced token lives on for as long. */
const overlapMs = 300_000;
const forcePauseMs = 30_000;
const forcesPerDay = 20;

interface Token {
  text: string;
  appid: string;
  expiresMs: number;
  /** Set once a newer token replaced this one. */
  replacedUntilMs: number | null;
}

interface Holder {
  current: Token | null;
  previous: Token | null;
  forcedMs: number | null;
  forces: { day: Day; count: number };
}

export interface Grant {
  access_token: string;
  expires_in: number;
}

export interface Tokens {
  /** The same token counts down until its last 5 minutes; then a new one, and both work for 5 minutes. */
  normal(appid: string, nowMs: number): Grant;
  /** Kills the earlier token at once; null when the day's forced renewals are used up. */
  force(appid: string, nowMs: number): Grant | null;
  /** Each call gives a new token; the one before it works for 5 more minutes, older ones are dead. */
  rotate(appid: string, nowMs: number): Grant;
  lookUp(text: string, nowMs: number): { appid: string; state: "valid" | "expired" | "replaced" } | null;
}

export function createTokens(): Tokens {
  const issued = new Map<string, Token>();
  const holders = new Map<string, Holder>();

  const holderOf = (namespace: Namespace, appid: string): Holder => {
    const key = `${namespace} ${appid}`;
    let holder = holders.get(key);
    if (holder === undefined) {
      holder = { current: null, previous: null, forcedMs: null, forces: { day: 0, count: 0 } };
      holders.set(key, holder);
    }
    return holder;
  };

  /** Real tokens grew over the years; the documentation asks to reserve 512 characters. */
  const bytesOf = (appid: string) => (appid.endsWith("0") ? 381 : 100);

  const issue = (appid: string, holder: Holder, nowMs: number, overlap: number): Token => {
    if (holder.previous !== null) issued.delete(holder.previous.text);
    const old = holder.current;
    if (old !== null && old.expiresMs > nowMs) {
      old.replacedUntilMs = nowMs + overlap;
    }
    const text = `77_${randomBytes(bytesOf(appid)).toString("base64url")}`;
    const token = { text, appid, expiresMs: nowMs + lifetimeMs, replacedUntilMs: null };
    issued.set(text, token);
    holder.previous = old;
    holder.current = token;
    return token;
  };

  const grant = (token: Token, nowMs: number): Grant => ({
    access_token: token.text,
    expires_in: Math.floor(Math.min(lifetimeMs, token.expiresMs - nowMs) / 1_000),
  });

  const normal = (appid: string, nowMs: number): Grant => {
    const holder = holderOf("stable", appid);
    const current = holder.current;
    if (current !== null && current.expiresMs - nowMs > overlapMs) return grant(current, nowMs);
    return grant(issue(appid, holder, nowMs, overlapMs), nowMs);
  };

  return {
    normal,
    force(appid, nowMs) {
      const holder = holderOf("stable", appid);
      if (holder.forcedMs !== null && nowMs >= holder.forcedMs && nowMs - holder.forcedMs < forcePauseMs)
        return normal(appid, nowMs);
      const today = dayAt(nowMs);
      if (holder.forces.day !== today) holder.forces = { day: today, count: 0 };
      if (holder.forces.count >= forcesPerDay) return null;
      holder.forces.count++;
      holder.forcedMs = nowMs;
      return grant(issue(appid, holder, nowMs, 0), nowMs);
    },
    rotate(appid, nowMs) {
      return grant(issue(appid, holderOf("legacy", appid), nowMs, overlapMs), nowMs);
    },
    lookUp(text, nowMs) {
      const token = issued.get(text);
      if (token === undefined) return null;
      if (token.replacedUntilMs !== null) {
        return { appid: token.appid, state: nowMs < token.replacedUntilMs ? "valid" : "replaced" };
      }
      return { appid: token.appid, state: nowMs < token.expiresMs ? "valid" : "expired" };
    },
  };
}
