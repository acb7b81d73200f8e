export interface Refusal {
  errcode: number;
  errmsg: string;
}

const texts = {
  40001: "invalid credential, access_token is invalid or not latest",
  40002: "invalid grant_type",
  40013: "invalid appid",
  40125: "invalid appsecret",
  40164: "invalid ip, not in whitelist",
  40243: "AppSecret is frozen",
  41001: "access_token missing",
  41002: "appid missing",
  41004: "appsecret missing",
  42001: "access_token expired",
  43001: "require GET method",
  43002: "require POST method",
  44002: "empty post data",
  45009: "reach max api daily quota limit",
  45011: "api minute-quota reach limit, must slower, retry next minute",
  47001: "data format error",
  47009: "this api is offline, please use the new api",
  48001: "api unauthorized",
  48006: "forbid to clear quota because of reaching the limit",
  53600: "invalid article_id",
  61500: "date format error",
  61501: "date range error",
  61503: "data not ready",
  65400: "please enable new customer service, or wait for a while if you have enabled",
  65416: "param invalid",
  65417: "time range exceeded",
  76003: "cgi_path should start with /",
  76021: "cgi_path not found",
  76022: "no permission to query this cgi_path",
  88000: "without comment privilege",
  88001: "msg_data is not exists",
  88010: "count range error. count <= 0 or count >= 50",
} as const;

export function refuse(errcode: keyof typeof texts, errmsg: string = texts[errcode]): Refusal {
  return { errcode, errmsg };
}

export function isRefusal(answer: object): answer is Refusal {
  return "errcode" in answer && typeof answer.errcode === "number" && answer.errcode !== 0;
}
