import type { SessionPorts, StoredToken } from "../platform.ts";
import type { Client } from "./call.ts";
import { obtainToken, type TokenAccount } from "./token.ts";

const CACHE_MS = 60_000;

interface Flight {
  outcome: Promise<StoredToken>;
  controller: AbortController;
  waiters: number;
}

/** The token to use; `rejected` is the one that the platform has just refused, or null. */
export type TokenOf = (account: TokenAccount, ports: SessionPorts, rejected: string | null) => Promise<string>;

/** One look at the shared token for all visits of this process that want the same at the same time. */
export function createTokenOf(client: Client): TokenOf {
  const cache = new Map<string, { token: string; until: number }>();
  const flights = new Map<string, Flight>();

  return async (account, ports, rejected) => {
    const { appId } = account;
    ports.signal.throwIfAborted();
    const cached = cache.get(appId);
    if (cached && cached.token !== rejected && ports.now().getTime() < cached.until) return cached.token;
    cache.delete(appId);

    const key = `${appId} ${rejected ?? ""}`;
    const flight = flights.get(key) ?? start(key, account, ports, rejected);
    const { token, expiresAt } = await join(flight, ports.signal);
    cache.set(appId, { token, until: Math.min(ports.now().getTime() + CACHE_MS, expiresAt.getTime()) });
    return token;
  };

  function start(key: string, account: TokenAccount, ports: SessionPorts, rejected: string | null): Flight {
    const controller = new AbortController();
    const outcome = obtainToken(client, account, { ...ports, signal: controller.signal }, rejected);
    const flight = { outcome, controller, waiters: 0 };
    const forget = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    outcome.then(forget, forget);
    controller.signal.addEventListener("abort", forget);
    flights.set(key, flight);
    return flight;
  }
}

/** A visit that is aborted leaves at once; the flight itself is given up only when nobody waits for it any more. */
async function join(flight: Flight, signal: AbortSignal): Promise<StoredToken> {
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  flight.waiters += 1;
  try {
    return await Promise.race([flight.outcome, left.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
    flight.waiters -= 1;
    if (flight.waiters === 0) flight.controller.abort();
  }
}
