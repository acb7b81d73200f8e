import fc from "fast-check";

const FAMILY = "👨‍👩‍👧‍👦";

/** Names that mention, mark up, hide, turn round, or are too long. */
const POISON = [
  "<@all>",
  "<@zhangsan>",
  "<at id=all></at>",
  '<at user_id="ou_1">张三</at>',
  "<at email=a@example.com></at>",
  "@all",
  "@所有人",
  "@13800000000",
  "13800000000@13900000000",
  "[点此领取](https://evil.example.com)",
  "![](https://evil.example.com/a.png)",
  "https://evil.example.com/a",
  "```\ncode\n```",
  "# 标题",
  "\n## 标题\n",
  "|a|b|\n|-|-|",
  "**云溪** __发布__ ~~关停~~",
  '<font color="warning">红</font>',
  "<script>alert(1)</script>",
  "云溪\u0000发布",
  "云溪\r\n\t\u2028发布",
  "\u202e布发溪云",
  "\u2067云溪\u2069\u200b\ufeff",
  "\ud83d",
  "云溪\udc00发布",
  "\ufffd",
  "𠮷野家".repeat(3),
  "😀".repeat(60),
  FAMILY.repeat(12),
  "🇨🇳🇨🇳🇨",
  `e${"\u0301".repeat(200)}`,
  "\u0301云溪",
  "云溪\u200d",
  "\u3164\u115f",
  " ",
  "",
  "文".repeat(65_536),
  "\u0301".repeat(65_536),
  FAMILY.repeat(6_000),
  "<@all>".repeat(11_000),
];

const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((codes) => String.fromCharCode(...codes));

export const poisonNames = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...POISON) },
  { weight: 1, arbitrary: units },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...POISON), fc.constantFrom(...POISON)).map(([a, b]) => `云${a}溪${b}`),
  },
);
