import type { Fault } from "./faults.ts";

const NETWORK_REASON =
  "连接微信服务器失败，系统会自动重试；若持续出现，请检查服务器的网络、代理和防火墙是否允许访问 api.weixin.qq.com 和 mp.weixin.qq.com。";
const GARBLED_REASON =
  "微信服务器返回的内容不完整或不是约定的格式，系统会自动重试；若持续出现，请检查网络出口或代理是否改写了内容。";
const SHAPE_REASON =
  "平台返回的数据与约定不符，为避免记录错误数字，本次结果未采用；系统稍后重试，若持续出现请告知系统维护人员。";

const REDIRECT_REASON =
  "文章页面被转到了其他地址，本次没有读取；若持续出现，请检查网络出口或代理是否改写了访问，以及 WECHAT_PAGE_URL 的设置。";
const LINK_REASON = "平台给出的文章链接不是公众号文章的地址，本次没有读取；若持续出现请告知系统维护人员。";

const fault = (name: string, retry: Fault["retry"], message: string, reason: string): Fault => ({
  name,
  retry,
  scope: "request",
  message,
  reason,
});

/** Faults of the way to the platform and of its answers' form, by the short word that stands as their code. */
export const TRANSPORT_FAULTS: Readonly<Record<string, Fault>> = {
  network: fault("NetworkFailed", "soon", "connection failed", NETWORK_REASON),
  timeout: fault("TimedOut", "soon", "no complete answer in time", NETWORK_REASON),
  truncated: fault("AnswerTruncated", "soon", "answer broke off", GARBLED_REASON),
  not_json: fault("AnswerNotJson", "soon", "answer is not JSON", GARBLED_REASON),
  not_json_html: fault("AnswerHtml", "soon", "answer is an HTML page", GARBLED_REASON),
  too_large: fault("AnswerTooLarge", "later", "answer exceeds the size limit", SHAPE_REASON),
  unexpected_shape: fault("UnexpectedShape", "later", "answer has an unexpected shape", SHAPE_REASON),
  redirect_refused: fault(
    "RedirectRefused",
    "later",
    "redirected to what is no article page of the host",
    REDIRECT_REASON,
  ),
  not_a_page: fault("NotAnArticlePage", "later", "not an article link of the platform", LINK_REASON),
};
