import type { SendContext } from "../../../src/alerts/channels/channel.ts";
import { createSendHttp } from "../../../src/alerts/channels/http.ts";
import type { Message } from "../../../src/alerts/letter.ts";

export const NOW = new Date();

export const message = (changes: Partial<Message> = {}): Message => ({
  title: "更新预警（2 个账号）",
  severity: "warning",
  blocks: [
    {
      heading: "两天内须更新",
      severity: "warning",
      lines: [
        [{ strong: "云溪水务" }, "（水务局）已 12 天未更新，期限 2026-11-24 24:00。"],
        ["请尽快发布，", { link: "https://grafana.test/d/govmatrix-account?var-account=water", text: "查看账号" }],
      ],
    },
    { heading: "须留意", severity: null, lines: [["云溪文旅"]] },
  ],
  closing: [["截至 2026-11-22 24:00 的数据，如已发布请忽略。"]],
  mentions: [],
  ...changes,
});

export const context = (changes: Partial<SendContext> = {}): SendContext => ({
  http: createSendHttp({}),
  now: NOW,
  signal: new AbortController().signal,
  address: "",
  id: "0123456789abcdef0123456789abcdef",
  ...changes,
});
