import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "./errors.ts";

const DEFAULTS = {
  wechatApiUrl: "https://api.weixin.qq.com",
  wechatPageUrl: "https://mp.weixin.qq.com",
  pageIntervalSeconds: 5,
};

const listen = z
  .string()
  .regex(/^(\[[0-9a-f:]+\]|[^:\s]+):\d{1,5}$/i, "expected host:port")
  .refine((text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535, "expected a port up to 65535");
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected HH:MM");
const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.some((protocol) => text.startsWith(`${protocol}//`)), {
    message: `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  });
const count = (max: number) => z.coerce.number({ error: "expected a number" }).int().min(1).max(max);

/** One entry per variable; the README's table is checked against it. */
const VARIABLES = {
  DATABASE_URL: { secret: true, schema: url("postgres:", "postgresql:").optional() },
  DEMO_DATABASE_URL: {
    secret: true,
    schema: url("postgres:", "postgresql:")
      .refine((text) => new URL(text).pathname.endsWith("_demo"), "expected a database whose name ends with _demo")
      .optional(),
  },
  REDIS_URL: { secret: true, schema: url("redis:", "rediss:").optional() },
  WECHAT_API_URL: { secret: false, schema: url("https:", "http:").default(DEFAULTS.wechatApiUrl) },
  WECHAT_PAGE_URL: { secret: false, schema: url("https:", "http:").default(DEFAULTS.wechatPageUrl) },
  MASTER_KEY: { secret: true, schema: z.string().min(1).optional() },
  RULES_DIR: { secret: false, schema: z.string().optional() },
  CALENDAR_DIR: { secret: false, schema: z.string().optional() },
  ROUTES_FILE: { secret: false, schema: z.string().optional() },
  ALERT_WEBHOOK_TOKEN: { secret: true, schema: z.string().min(16, "expected 16 characters or more").optional() },
  HEARTBEAT_URL: { secret: true, schema: url("https:", "http:").optional() },
  LISTEN: { secret: false, schema: listen.default("127.0.0.1:9464") },
  COLLECTOR_CONCURRENCY: { secret: false, schema: count(1000).default(20) },
  PLANNER_INTERVAL_SECONDS: { secret: false, schema: count(3600).default(30) },
  STATISTICS_READY_AT: { secret: false, schema: time.default("08:05") },
  PAGE_INTERVAL_SECONDS: {
    secret: false,
    schema: z.coerce.number({ error: "expected a number" }).min(0).max(3600).default(DEFAULTS.pageIntervalSeconds),
  },
  HTTPS_PROXY: { secret: false, schema: url("http:", "https:").optional() },
  NO_PROXY: { secret: false, schema: z.string().optional() },
  LOG_LEVEL: {
    secret: false,
    schema: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  },
} as const;

export const VARIABLE_NAMES = Object.keys(VARIABLES);

export interface Config {
  databaseUrl: string | undefined;
  demoDatabaseUrl: string | undefined;
  redisUrl: string | undefined;
  wechatApiUrl: string;
  wechatPageUrl: string;
  masterKey: string | undefined;
  rulesDir: string | undefined;
  calendarDir: string | undefined;
  routesFile: string | undefined;
  alertWebhookToken: string | undefined;
  heartbeatUrl: string | undefined;
  listen: string;
  collectorConcurrency: number;
  plannerIntervalSeconds: number;
  statisticsReadyAt: string;
  pageIntervalSeconds: number;
  /** As Node's agents take it. */
  proxyEnv: Record<string, string>;
  logLevel: string;
  /** npm runs us: when npm dies, so must we. */
  startedByNpm: boolean;
}

type Environment = Record<string, string | undefined>;

function readVariable(environment: Environment, name: string, secret: boolean, faults: string[]): string | undefined {
  const direct = environment[name] || undefined;
  const file = secret ? environment[`${name}_FILE`] || undefined : undefined;
  if (direct && file) faults.push(`${name} and ${name}_FILE are both set: set one of them`);
  if (direct || !file) return direct;
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch (error) {
    faults.push(`${name}_FILE: cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
}

/**
 * Reads and checks the whole environment, the only place that does. Throws one `UserError` that lists every fault;
 * values are never part of it, as they may be secret.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const faults = Object.keys(environment)
    .filter((name) => name.startsWith("GOVMATRIX_"))
    .map((name) => `${name} is not known: govmatrix reads no variable of that prefix`);
  const values = {} as Record<keyof typeof VARIABLES, unknown>;
  for (const [name, { secret, schema }] of Object.entries(VARIABLES)) {
    const parsed = schema.safeParse(readVariable(environment, name, secret, faults));
    if (parsed.success) values[name as keyof typeof VARIABLES] = parsed.data;
    else faults.push(`${name}: ${parsed.error.issues[0]?.message ?? "not valid"}`);
  }
  const pageUrl = String(values.WECHAT_PAGE_URL).replace(/\/+$/, "");
  const ofWeChat = URL.parse(pageUrl)?.hostname === new URL(DEFAULTS.wechatPageUrl).hostname;
  if (ofWeChat && Number(values.PAGE_INTERVAL_SECONDS) < DEFAULTS.pageIntervalSeconds) {
    faults.push(`PAGE_INTERVAL_SECONDS: expected ${DEFAULTS.pageIntervalSeconds} or more with this WECHAT_PAGE_URL`);
  }
  if (faults.length > 0) throw new UserError(`the environment is not valid:\n  ${faults.join("\n  ")}`);

  const proxyEnv: Record<string, string> = {};
  if (values.HTTPS_PROXY) Object.assign(proxyEnv, { HTTPS_PROXY: values.HTTPS_PROXY, HTTP_PROXY: values.HTTPS_PROXY });
  if (values.NO_PROXY) Object.assign(proxyEnv, { NO_PROXY: values.NO_PROXY });
  return Object.freeze({
    databaseUrl: values.DATABASE_URL as string | undefined,
    demoDatabaseUrl: values.DEMO_DATABASE_URL as string | undefined,
    redisUrl: values.REDIS_URL as string | undefined,
    wechatApiUrl: (values.WECHAT_API_URL as string).replace(/\/+$/, ""),
    wechatPageUrl: pageUrl,
    masterKey: values.MASTER_KEY as string | undefined,
    rulesDir: values.RULES_DIR as string | undefined,
    calendarDir: values.CALENDAR_DIR as string | undefined,
    routesFile: values.ROUTES_FILE as string | undefined,
    alertWebhookToken: values.ALERT_WEBHOOK_TOKEN as string | undefined,
    heartbeatUrl: values.HEARTBEAT_URL as string | undefined,
    listen: values.LISTEN as string,
    collectorConcurrency: values.COLLECTOR_CONCURRENCY as number,
    plannerIntervalSeconds: values.PLANNER_INTERVAL_SECONDS as number,
    statisticsReadyAt: values.STATISTICS_READY_AT as string,
    pageIntervalSeconds: values.PAGE_INTERVAL_SECONDS as number,
    proxyEnv,
    logLevel: values.LOG_LEVEL as string,
    startedByNpm: environment.npm_lifecycle_event !== undefined,
  });
}
