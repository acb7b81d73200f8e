import { setTimeout as sleep } from "node:timers/promises";
import { PlatformError } from "../../errors.ts";
import type { SessionPorts, StoredToken } from "../platform.ts";
import { type Client, callApi } from "./call.ts";
import { platformError, TOKEN_API } from "./errors.ts";
import { readCount, readText, ShapeFault } from "./fields.ts";

/** The platform renews in a token's last 300 s; asking in that time brings a fresh one. */
const REFRESH_BEFORE_MS = 290_000;
/** Left over for the calls that a token is handed out for. */
const USABLE_MS = 35_000;
/** A claim lasts 15 s, and the call must end within it. */
const CALL_DEADLINE_MS = 10_000;
const WAIT_MS = 20_000;
/** Ends a claim whose holder went away without an outcome; those who wait try for themselves. */
const ABANDONED = "abandoned";

export interface TokenAccount {
  code: string;
  appId: string;
}

/** Gets the token that all processes share; `rejected` is one that the platform has refused. */
export async function obtainToken(
  client: Client,
  account: TokenAccount,
  ports: SessionPorts,
  rejected: string | null,
): Promise<StoredToken> {
  const since = ports.now();
  const endsAt = performance.now() + WAIT_MS;
  for (;;) {
    const stored = await ports.tokens.read();
    const accepted = stored !== null && stored.token !== rejected;
    const leftMs = stored === null ? 0 : stored.expiresAt.getTime() - ports.now().getTime();
    if (accepted && leftMs >= REFRESH_BEFORE_MS) return stored;
    await throwFailureOfOther(ports, since);
    if (await ports.tokens.claim(stored?.token ?? null)) return await refresh(client, account, ports, rejected, since);
    if (accepted && leftMs >= USABLE_MS) return stored;
    if (performance.now() >= endsAt) throw platformError("token_wait", { api: TOKEN_API, now: ports.now() });
    await sleep(100 + Math.random() * 150, undefined, { signal: ports.signal }).catch(() =>
      ports.signal.throwIfAborted(),
    );
  }
}

async function throwFailureOfOther(ports: SessionPorts, since: Date): Promise<void> {
  const code = await ports.tokens.failureSince(since);
  if (code !== null && code !== ABANDONED) throw platformError(code, { api: TOKEN_API, now: ports.now() });
}

/** Holds the claim and always ends it. */
async function refresh(
  client: Client,
  account: TokenAccount,
  ports: SessionPorts,
  rejected: string | null,
  since: Date,
): Promise<StoredToken> {
  try {
    // An attempt may have failed between the look and the claim.
    await throwFailureOfOther(ports, since);
    const fresh = await requestToken(client, account, ports);
    if (fresh.token === rejected) throw platformError("token_rejected", { api: TOKEN_API, now: ports.now() });
    await ports.tokens.save(fresh);
    return fresh;
  } catch (error) {
    // Should this fail too, the first error tells more, and the claim lapses by itself.
    await ports.tokens.fail(error instanceof PlatformError ? error.code : ABANDONED).catch(() => {});
    throw error;
  }
}

/** Normal mode always: a forced refresh kills the token that other systems of the department may use. */
async function requestToken(client: Client, account: TokenAccount, ports: SessionPorts): Promise<StoredToken> {
  const secret = await ports.secret();
  const askedAt = ports.now();
  if (secret === null) throw platformError("no_secret", { api: TOKEN_API, now: askedAt });
  return await callApi(client, {
    account: account.code,
    api: TOKEN_API,
    path: "/cgi-bin/stable_token",
    json: { grant_type: "client_credential", appid: account.appId, secret, force_refresh: false },
    deadlineMs: CALL_DEADLINE_MS,
    signal: ports.signal,
    now: ports.now,
    read: (body) => {
      const token = readText(body, "access_token");
      const lifeSeconds = readCount(body, "expires_in");
      if (!token) throw new ShapeFault("access_token", "a text");
      if (!lifeSeconds) throw new ShapeFault("expires_in", "a positive integer");
      return { token, expiresAt: new Date(askedAt.getTime() + lifeSeconds * 1000) };
    },
  });
}
