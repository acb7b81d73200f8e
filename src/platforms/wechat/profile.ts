import type { AccountProfile, ApiQuota } from "../../model.ts";
import type { ProfileSource } from "../platform.ts";
import type { Ask } from "./business.ts";
import { type Fields, isFields, readCount, readFlag, readText, ShapeFault } from "./fields.ts";

/** Path of each API as `openapi/quota/get` wants it. */
const CGI_PATHS: Readonly<Record<string, string>> = {
  getbizsummary: "/datacube/getbizsummary",
  getarticletotaldetail: "/datacube/getarticletotaldetail",
  getusersummary: "/datacube/getusersummary",
  getusercumulate: "/datacube/getusercumulate",
  freepublish_batchget: "/cgi-bin/freepublish/batchget",
  comment_list: "/cgi-bin/comment/list",
  getmsglist: "/customservice/msgrecord/getmsglist",
  getupstreammsg: "/datacube/getupstreammsg",
};

export function openProfile(ask: Ask): ProfileSource {
  return {
    account: () =>
      ask({
        api: "getaccountbasicinfo",
        path: "/cgi-bin/account/getaccountbasicinfo",
        json: {},
        read: readProfile,
      }),
    quota(api) {
      const path = CGI_PATHS[api];
      if (path === undefined) throw new Error(`no quota is known for ${api}`);
      return ask({
        api: "quota_get",
        path: "/cgi-bin/openapi/quota/get",
        json: { cgi_path: path },
        read: readQuota,
      });
    },
  };
}

function readProfile(body: Fields): AccountProfile {
  const verification = isFields(body.wx_verify_info) ? body.wx_verify_info : {};
  const expiresAt = readCount(verification, "annual_review_end_time", "wx_verify_info.");
  const name = readText(body, "nickname");
  const principal = readText(body, "principal_name");
  // Without any of them it is another kind of answer.
  if (name === null && principal === null && !isFields(body.wx_verify_info)) {
    throw new ShapeFault("wx_verify_info", "an object");
  }
  return {
    name,
    principal,
    verified: readFlag(verification, "qualification_verify", "wx_verify_info."),
    verificationExpiresAt: expiresAt ? new Date(expiresAt * 1000) : null,
  };
}

function readQuota(body: Fields): ApiQuota {
  const quota = isFields(body.quota) ? body.quota : {};
  const dailyLimit = readCount(quota, "daily_limit", "quota.");
  const used = readCount(quota, "used", "quota.");
  if (dailyLimit === null || used === null) throw new ShapeFault("quota", "daily_limit and used");
  return { dailyLimit, used };
}
