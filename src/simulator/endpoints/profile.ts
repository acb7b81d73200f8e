import type { Account } from "../county.ts";
import { hex, mix, salt } from "../random.ts";
import { type BusinessEndpoint, jsonType } from "./endpoint.ts";

const salts = { head: salt("head image"), modified: salt("modified") };
/** The yearly review may be done in the last three months. */
const reviewSeconds = 90 * 86_400;

function verification({ switches }: Account): Record<string, unknown> {
  const end = switches.verifiedUntilSeconds;
  if (end === null) return { qualification_verify: false, naming_verify: false };
  return {
    qualification_verify: true,
    naming_verify: true,
    annual_review: true,
    annual_review_begin_time: end - reviewSeconds,
    annual_review_end_time: end,
  };
}

export const profileEndpoints: readonly BusinessEndpoint[] = [
  {
    api: "getaccountbasicinfo",
    path: "/cgi-bin/account/getaccountbasicinfo",
    method: "POST",
    credential: "token",
    permission: "profile",
    contentType: jsonType,
    dailyLimit: 1_000,
    bodyless: true,
    answer: (_world, { account }) => ({
      errcode: 0,
      errmsg: "ok",
      appid: account.appid,
      account_type: account.kind === "service" ? 2 : 1,
      principal_type: 1,
      principal_name: account.department.name,
      realname_status: 1,
      wx_verify_info: verification(account),
      signature_info: {
        signature: `${account.department.name}官方账号`,
        modify_used_count: mix(account.seed, salts.modified, account.index) % 3,
        modify_quota: 5,
      },
      head_image_info: {
        head_image_url: `http://mmbiz.qpic.cn/mmbiz_png/${hex(24, account.seed, salts.head, account.index)}/0`,
        modify_used_count: 0,
        modify_quota: 5,
      },
      nickname: account.name,
      registered_country: 1017,
      customer_type: 3,
    }),
  },
];
