import { place } from "../kit/board.ts";
import { linkTo } from "../kit/links.ts";
import { lines } from "../kit/panels.ts";
import { instant, range } from "../kit/query.ts";
import { COLOUR, thresholds } from "../kit/scale.ts";
import { table } from "../kit/table.ts";
import { perMinute, quantile, totalOf } from "./rates.ts";

const requests = lines(
  {
    title: "请求：发出与必需",
    description: "每分钟发给微信平台的请求数，与其中取得所需数据的请求数（最少需要的）。两线之差是重试和落空的请求。",
    unit: "suffix: 次/分",
    noValue: "没有取得 collector 的指标",
  },
  range(perMinute("govmatrix_platform_requests_total", "platform"), "{{platform}} 发出"),
  range(perMinute("govmatrix_platform_requests_needed_total", "platform"), "{{platform}} 必需"),
);
const errors = lines(
  {
    title: "不能用的答复",
    description: "每分钟答复不能用的请求数，按接口和错误类别。",
    unit: "suffix: 次/分",
    noValue: "没有取得 collector 的指标",
  },
  range(totalOf("govmatrix_platform_request_errors_total", "govmatrix_platform_requests_total"), "合计"),
  range(perMinute("govmatrix_platform_request_errors_total", "api, class"), "{{api}} {{class}}"),
).axisSoftMin(0);
const duration = lines(
  {
    title: "请求用时",
    description: "平台答复的用时：一半（p50）和 95%（p95）在此之内，所有接口合计，由直方图估计。",
    unit: "s",
    noValue: "所选时间内没有请求",
  },
  range(quantile(0.5, "govmatrix_platform_request_duration_seconds", "platform"), "{{platform}} p50"),
  range(quantile(0.95, "govmatrix_platform_request_duration_seconds", "platform"), "{{platform}} p95"),
);
const quota = table(
  {
    title: "今日剩余调用次数最少的",
    description: "公众号的接口今天还可调用的次数，最少的十项；不知道上限的不列。北京时间零点重置。",
    noValue: "还没有查到任何接口的调用上限",
  },
  instant("sort(bottomk(10, min by (account, api) (govmatrix_account_api_quota_remaining)))"),
  {
    account: { title: "公众号（代码）", link: linkTo("govmatrix-account", { account: "account" }) },
    api: { title: "接口" },
    Value: {
      title: "剩余（次）",
      width: 100,
      colours: thresholds(COLOUR.unknown, [
        [0, COLOUR.bad],
        [1, COLOUR.notice],
        [10, COLOUR.good],
      ]),
    },
  },
  ["Time"],
);

export const platform = [place(8, 8, requests), place(8, 8, errors), place(8, 8, duration), place(24, 9, quota)];
