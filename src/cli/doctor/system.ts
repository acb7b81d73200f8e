import { isIP } from "node:net";
import { minuteOf } from "../../calendar.ts";
import { openQueue } from "../../queue.ts";
import { readOwnVisits } from "../../store/doctor.ts";
import { readPlannerTick } from "../../store/exposition.ts";
import { closedUntil } from "../../store/pageBucket.ts";
import { plannerFault } from "../../web/readiness.ts";
import type { CommandContext } from "../command.ts";
import { type Finding, finding } from "./finding.ts";
import { visitFindings } from "./stored.ts";

/** What concerns whoever runs this program; Postgres has answered already. */
export async function systemFindings(context: CommandContext, accounts: readonly Finding[][]): Promise<Finding[]> {
  return [
    ...platformFindings(accounts),
    await plannerFinding(context),
    await queueFinding(context),
    await pageFinding(context),
    ...visitFindings(null, await readOwnVisits(context.db), [], context.now()),
    finding("postgres", "ok", "数据库正常"),
  ];
}

/** One cause behind many accounts' faults, told once: our address, or the way to the platform. */
export function platformFindings(accounts: readonly Finding[][]): Finding[] {
  const isMost = (count: number) => count > 1 && count * 2 > accounts.length;
  const unreached = accounts.filter((findings) => findings.some(isUnreached)).length;
  if (isMost(unreached)) {
    return [
      finding("platform", "fault", `${accounts.length} 个公众号中有 ${unreached} 个连接不上微信平台`, {
        code: "network",
        remedy: "请检查服务器的网络、代理和防火墙",
        turn: "system",
      }),
    ];
  }
  const refusals = accounts.flatMap((findings) => findings.find(({ code }) => code === "40164") ?? []);
  const addresses = refusals.map(({ detail }) => detail.split(" ").find((word) => isIP(word) !== 0));
  const [address] = addresses;
  if (address === undefined || !isMost(refusals.length) || addresses.some((other) => other !== address)) return [];
  const count = `${accounts.length} 个公众号中有 ${refusals.length} 个`;
  return [
    finding("platform", "fault", `${count}的 IP 白名单没有本系统的出口 IP ${address}，出口 IP 很可能已改变`, {
      code: "40164",
      remedy: `请恢复原来的出口 IP，或通知各部门将 ${address} 加入 IP 白名单`,
      turn: "system",
    }),
  ];
}

/** The credentials could not even be tried. */
function isUnreached({ check, subject }: Finding): boolean {
  return check === "request" && subject === null;
}

async function plannerFinding({ db, config, now }: CommandContext): Promise<Finding> {
  const tickedAt = await readPlannerTick(db);
  if (tickedAt !== null && plannerFault(tickedAt, config.plannerIntervalSeconds, now()) === null) {
    return finding("planner", "ok", "调度进程正常");
  }
  const last = tickedAt === null ? "尚未运行过" : `最近一次运行在 ${minuteOf(new Date(tickedAt * 1_000))}`;
  return finding("planner", "warn", `调度进程未在运行（${last}），数据不会自动更新`, {
    code: "stale",
    remedy: "请启动 npm start，或检查 govmatrix run planner 的进程",
    turn: "system",
  });
}

async function queueFinding({ config, databaseUrl }: CommandContext): Promise<Finding> {
  const quiet = { warn: () => undefined, error: () => undefined };
  const queue = openQueue({ redisUrl: config.redisUrl, databaseUrl, log: quiet });
  try {
    await queue.ping();
    return finding("queue", "ok", "队列正常");
  } catch {
    return finding("queue", "fault", "队列没有应答，不会有新的采集任务", {
      code: "queue",
      remedy: config.redisUrl ? "请检查 REDIS_URL 和 Redis 服务" : "请检查数据库服务",
      turn: "system",
    });
  } finally {
    await queue.close();
  }
}

async function pageFinding({ db, now }: CommandContext): Promise<Finding> {
  const until = await closedUntil(db, now());
  if (until === null) return finding("pages", "ok", "文章页面可以读取");
  return finding("pages", "warn", `平台要求验证码，文章页面暂停读取至 ${minuteOf(until)}`, {
    code: "captcha",
    remedy: "系统到时自动重试；若持续出现，请调大 PAGE_INTERVAL_SECONDS",
    turn: "system",
  });
}
