import { dateText, dayAt, minuteOfDay } from "../calendar.ts";

export function escapeAttribute(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** As the newer pages write texts into their script: nothing in them can end the string or the script. */
export function escapeScript(text: string): string {
  return text.replace(/[<>&'"\\\n\r/\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}

/** YYYY-MM-DD HH:MM in Asia/Shanghai. */
export function wallTime(seconds: number): string {
  const ms = seconds * 1_000;
  const minute = minuteOfDay(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${dateText(dayAt(ms))} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** The head of every page, and the functions that its scripts use. */
export function pageOf(title: string, meta: string, bodyClass: string, body: string): string {
  return `<!DOCTYPE html>
<!--headTrap<body></body><head></head><html></html>--><html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta http-equiv="X-UA-Compatible" content="IE=edge">
<meta name="viewport" content="width=device-width,initial-scale=1.0,maximum-scale=1.0,user-scalable=0,viewport-fit=cover">
<meta name="format-detection" content="telephone=no">
<link rel="shortcut icon" type="image/x-icon" href="//res.wx.qq.com/a/wx_fed/assets/res/NTI4MWU5.ico">
<script nonce="" type="text/javascript">
  window.logs = { pagetime: {} };
  window.logs.pagetime['html_begin'] = (+new Date());
  String.prototype.html = function(encode) {
    var replace = ["&#39;", "'", "&quot;", '"', "&nbsp;", " ", "&gt;", ">", "&lt;", "<", "&yen;", "¥", "&amp;", "&"];
    for (var i = 0, str = this; i < replace.length; i += 2) { str = str.replace(new RegExp(replace[i], 'g'), replace[i + 1]); }
    return str;
  };
  function htmlDecode(str) { return str.html(false); }
  function JsDecode(str) { return str; }
</script>
<title>${title}</title>
${meta}</head>
<body id="activity-detail" class="zh_CN ${bodyClass}">
${body}</body>
</html>
<!--tailTrap<body></body><head></head><html></html>-->
`;
}
