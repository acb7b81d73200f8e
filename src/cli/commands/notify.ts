import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { Kysely } from "kysely";
import type { ChannelSettings, Sent } from "../../alerts/channels/channel.ts";
import { createSendHttp } from "../../alerts/channels/http.ts";
import { channelOf, sendMessage } from "../../alerts/channels/index.ts";
import { targetFault } from "../../alerts/channels/mentions.ts";
import type { Message } from "../../alerts/letter.ts";
import { loadRoutes } from "../../alerts/routes.ts";
import { minuteOf } from "../../calendar.ts";
import { type Config, loadConfig } from "../../config.ts";
import { runningEmbeddedPostgres } from "../../embedded/postgres.ts";
import { UserError } from "../../errors.ts";
import { type Database, openDatabase } from "../../store/database.ts";
import { type GlobalOptions, print, ReportedFault, UsageError } from "../command.ts";
import { homeDirectory } from "../home.ts";

interface TestOptions {
  channel: string;
  target?: string;
}

export function notifyCommands(program: Command): void {
  const notify = program.command("notify").description("the channels that alerts go out by");
  notify
    .command("test")
    .description("sends one test message by a channel of ROUTES_FILE and shows what the robot or server answered")
    .requiredOption("--channel <name>", "name in the routes file")
    .option("--target <who>", "whom to mention, or for mail whom to write to")
    .action(async ({ channel, target }: TestOptions, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const config = loadConfig();
      const settings = settingsOf(config, channel, target);
      const { type } = settings;
      const address = channelOf(type).addressed ? (target ?? "") : "";
      const { sent, counted } = await counting(config, options, { channel, address }, (now) =>
        sendMessage(testMessage(now, target), settings, {
          http: createSendHttp(config.proxyEnv),
          now,
          signal: new AbortController().signal,
          address,
          id: randomUUID(),
        }),
      );
      const { failure, answer } = sent;
      print(options, { channel, type, target: target ?? null, accepted: failure === null, failure, answer, counted }, [
        failure === null ? `${channel}: accepted` : `${channel}: not accepted (${failure})`,
        ...(answer === "" ? [] : [`answer: ${answer}`]),
        ...(counted ? [] : ["no database: this message does not count towards the channel's limits"]),
      ]);
      if (failure !== null) throw new ReportedFault();
    });
}

function settingsOf(config: Config, name: string, target: string | undefined): ChannelSettings {
  if (config.routesFile === undefined) throw new UserError("ROUTES_FILE is not set: it names the channels");
  const { channels } = loadRoutes(config.routesFile);
  const settings = channels.get(name);
  if (!settings) throw new UserError(`no channel ${name}: the routes file has ${[...channels.keys()].join(", ")}`);
  const { type } = settings;
  if (target === undefined && !channelOf(type).addressed) return settings;
  const fault = targetFault(type, target ?? "");
  if (fault !== null) throw new UsageError(`--target: ${fault}`);
  return settings;
}

function testMessage(now: Date, target: string | undefined): Message {
  const lines = [
    [`这是一条测试消息，发送于 ${minuteOf(now)}（北京时间）。`],
    ["收到即表示这个通知渠道可用，无需处理。"],
  ];
  const blocks = [{ heading: "", severity: null, lines }];
  return { title: "测试消息", severity: null, blocks, closing: [], mentions: target === undefined ? [] : [target] };
}

/**
 * Counts the message as notifiers count theirs, and opens a target that works again. A channel must be testable without
 * a database too: before the first start, or when it is what broke.
 */
async function counting(
  config: Config,
  { demo }: GlobalOptions,
  target: { channel: string; address: string },
  send: (now: Date) => Promise<Sent>,
): Promise<{ sent: Sent; counted: boolean }> {
  const now = new Date();
  const url = (demo ? undefined : config.databaseUrl) ?? runningEmbeddedPostgres(homeDirectory(demo))?.url;
  if (url === undefined) return { sent: await send(now), counted: false };
  const db = openDatabase(url, { max: 1, queryTimeoutMs: 10_000 });
  try {
    const counted = await succeeds(() => recordTry(db, target, now));
    const sent = await send(now);
    if (counted && sent.failure === null) await succeeds(() => openTarget(db, target, now));
    return { sent, counted };
  } finally {
    await db.destroy();
  }
}

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  return await work().then(
    () => true,
    () => false,
  );
}

async function recordTry(db: Kysely<Database>, target: { channel: string; address: string }, now: Date): Promise<void> {
  await db
    .insertInto("notification_send")
    .values({ ...target, at: now })
    .execute();
}

async function openTarget(
  db: Kysely<Database>,
  target: { channel: string; address: string },
  now: Date,
): Promise<void> {
  await db
    .updateTable("notification_target")
    .set({ failures: 0, next_at: now })
    .where("channel", "=", target.channel)
    .where("address", "=", target.address)
    .execute();
}
