import { parseMinute } from "../calendar.ts";
import { apiNamed } from "../endpoints/index.ts";
import type { World } from "../world.ts";
import {
  BadRequest,
  type Input,
  isCount,
  isFlag,
  optionalCount,
  optionalFlag,
  optionalMoment,
  optionalText,
  readObject,
  refuseUnknown,
} from "./input.ts";

export function setClock(world: World, input: Input | null): object {
  if (input !== null) refuseUnknown(input, ["now", "frozen"]);
  const ms = input === null ? undefined : optionalMoment(input, "now");
  const frozen = input === null ? undefined : optionalFlag(input, "frozen");
  world.clock.set(ms ?? null, frozen ?? false);
  return world.clock.status();
}

function readLimits(value: unknown, name: string): Record<string, number> {
  if (isCount(value)) return { "*": value };
  const limits: Record<string, number> = {};
  for (const [text, limit] of Object.entries(readObject(value, name))) {
    const api = text === "*" ? text : apiNamed(text);
    if (api === null) throw new BadRequest(`${name}.${text}: unknown API`);
    if (!isCount(limit)) throw new BadRequest(`${name}.${text}: expected an integer of at least 0`);
    limits[api] = limit;
  }
  return limits;
}

function readForeignCalls(world: World, value: unknown): Record<string, Record<string, number>> {
  const calls: Record<string, Record<string, number>> = {};
  for (const [appid, apis] of Object.entries(readObject(value, "foreignCalls"))) {
    if (!world.byAppid.has(appid)) throw new BadRequest(`foreignCalls: unknown account ${appid}`);
    calls[appid] = readLimits(apis, `foreignCalls.${appid}`);
  }
  return calls;
}

function readCaptcha(value: unknown): boolean | number {
  if (!isFlag(value) && !isCount(value)) throw new BadRequest("captcha: expected true, false or a count");
  return value;
}

function readPagesPerMinute(value: unknown): number | null {
  if (value !== null && (!isCount(value) || value === 0))
    throw new BadRequest("pagesPerMinute: expected an integer of at least 1, or null");
  return value;
}

/** Changes what is named and keeps the rest. */
export function changeSettings(world: World, input: Input | null): object {
  const { settings } = world;
  if (input === null) return settings;
  refuseUnknown(input, Object.keys(settings));
  const readyAt = optionalText(input, "readyAt");
  if (readyAt !== undefined && parseMinute(readyAt) === null) throw new BadRequest("readyAt: expected HH:MM");
  const notReady = optionalText(input, "notReady");
  if (notReady !== undefined && notReady !== "61503" && notReady !== "is_delay") {
    throw new BadRequest("notReady: expected 61503 or is_delay");
  }
  Object.assign(settings, {
    readyAt: readyAt ?? settings.readyAt,
    notReady: notReady ?? settings.notReady,
    readyJitterMinutes: optionalCount(input, "readyJitterMinutes") ?? settings.readyJitterMinutes,
    latencyMs: optionalCount(input, "latencyMs") ?? settings.latencyMs,
    clientIp: optionalText(input, "clientIp") ?? settings.clientIp,
    dailyQuota: input.dailyQuota === undefined ? settings.dailyQuota : readLimits(input.dailyQuota ?? {}, "dailyQuota"),
    minuteQuota:
      input.minuteQuota === undefined ? settings.minuteQuota : readLimits(input.minuteQuota ?? {}, "minuteQuota"),
    captcha: input.captcha === undefined ? settings.captcha : readCaptcha(input.captcha),
    pagesPerMinute:
      input.pagesPerMinute === undefined ? settings.pagesPerMinute : readPagesPerMinute(input.pagesPerMinute),
    foreignCalls:
      input.foreignCalls === undefined ? settings.foreignCalls : readForeignCalls(world, input.foreignCalls ?? {}),
  });
  return settings;
}
