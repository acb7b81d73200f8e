import type { ChannelType } from "../../alerts/channels/channel.ts";
import { type ContactFault, readContactFaults } from "../../alerts/contacts.ts";
import { loadRoutes, type Routes } from "../../alerts/routes.ts";
import { UserError } from "../../errors.ts";
import type { CommandContext } from "../command.ts";
import { type Finding, finding } from "./finding.ts";

const TARGET_TEXT: Record<ChannelType, string> = {
  wecom: "成员 userid 或手机号，不能是 @all",
  dingtalk: "手机号（11 位）",
  feishu: "用户的 open_id 或 user_id，不能用手机号",
  email: "邮件地址",
  webhook: "字母、数字组成的名字",
};

export interface ContactFindings {
  /** Of the routes file itself. */
  system: Finding[];
  /** By account code. */
  accounts: ReadonlyMap<string, Finding[]>;
}

/** Whether alerts reach the contacts of the register; without a routes file nobody is told anyway. */
export async function contactFindings({ config, options, db }: CommandContext): Promise<ContactFindings> {
  const none = new Map<string, Finding[]>();
  // The demo tells nobody.
  if (config.routesFile === undefined || options.demo) return { system: [], accounts: none };
  let routes: Routes;
  try {
    routes = loadRoutes(config.routesFile);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { system: [routesFault(error.message)], accounts: none };
  }
  const faults = await readContactFaults(db, routes);
  return {
    system: [finding("routes", "ok", "告警通知的渠道文件正常")],
    accounts: new Map([...faults].map(([code, fault]) => [code, [contactFinding(fault)]])),
  };
}

function routesFault(message: string): Finding {
  return finding("routes", "fault", `ROUTES_FILE 有误，notifier 无法启动：${message.replace(/\s*\n\s*/g, "；")}`, {
    code: "routes",
    remedy: "请改正后启动 notifier",
    turn: "system",
  });
}

function contactFinding({ column: code, type }: ContactFault): Finding {
  const mend = { code, turn: "county" } as const;
  if (type === null) {
    return finding("contact", "fault", "登记表 contact_channel 不是 ROUTES_FILE 中的渠道，该账号的联系人收不到告警", {
      ...mend,
      remedy: "登记表 contact_channel：请改为 ROUTES_FILE 中的渠道名",
    });
  }
  return finding("contact", "fault", `登记表 contact_target 未填或不适用于 ${type} 渠道，告警提醒不到该账号的联系人`, {
    ...mend,
    remedy: `登记表 contact_target：请改为${TARGET_TEXT[type]}`,
  });
}
