import { pick, unit } from "../random.ts";

/** Stands in every invented text, so that a leak of any of them can be found. Media placeholders are the platform's. */
export const marker = "Xqhly";
const place = `${marker}花园`;

export type CommentKind = "question" | "unmarked_question" | "complaint" | "praise" | "thanks" | "emoji" | "spam";

const marked: readonly [string, ...string[]] = [
  `${place}这边几点恢复供水？`,
  `请问${place}的孩子今年划到哪个学校？`,
  `周末能办身份证吗？住${place}，平时要上班`,
  `医保断缴两个月还能补吗？我是${place}的`,
  `${place}到县医院的公交还通不通?`,
  `新农合在${place}社区能交不？`,
  `老人养老认证怎么弄啊？${place}好多老人不会用手机`,
  `什么时候轮到${place}老旧小区改造？`,
];
const unmarked: readonly [string, ...string[]] = [
  `请问${place}今晚停电到几点`,
  `${place}怎么申请公租房`,
  `想咨询一下${place}附近哪里可以打疫苗`,
  `${place}门口的路灯坏了找哪个部门`,
  `请问退休证在${place}社区能不能办`,
  `户口从${place}迁出去需要啥子材料`,
];
const complaints: readonly [string, ...string[]] = [
  `${place}楼下烧烤摊凌晨两点还在吵，打电话没人管！`,
  `反映一下，${place}旁边的工地天天扬尘`,
  `${place}的垃圾三天没人收了，希望尽快处理`,
  `去窗口跑了三趟都没办成，${place}离得又远，太折腾人了`,
  `建议在${place}路口装个红绿灯，学生过马路太危险`,
];
const praises: readonly [string, ...string[]] = [
  `为家乡点赞，${place}的变化真大`,
  `${place}的环境越来越好了，谁不喜欢呢`,
  `辛苦了，${place}全体居民支持你们`,
  `这个政策好，${place}的老人都高兴`,
  `必须转发给${place}的邻居们`,
];
const thanks: readonly [string, ...string[]] = [
  `谢谢，${place}的问题解决了`,
  `收到，非常感谢！${place}`,
  `好的谢谢，${place}这边知道了`,
];
const emojis: readonly [string, ...string[]] = [
  `👍👍👍${marker}`,
  `[玫瑰][玫瑰]${marker}`,
  `💪${marker}🎉`,
  `[强]${marker}`,
];
const spam: readonly [string, ...string[]] = [
  `${place}低息贷款，秒到账，加微信详谈`,
  `兼职刷单日结300，${place}招人，私我`,
  `${place}二手房急售，联系电话见头像`,
];
const kinds: readonly (readonly [CommentKind, number, readonly [string, ...string[]]])[] = [
  ["question", 0.3, marked],
  ["unmarked_question", 0.45, unmarked],
  ["complaint", 0.58, complaints],
  ["praise", 0.78, praises],
  ["thanks", 0.85, thanks],
  ["emoji", 0.94, emojis],
  ["spam", 1, spam],
];

export function commentText(key: number): { kind: CommentKind; content: string } {
  const draw = unit(key, 1);
  const [kind, , texts] = kinds.find(([, below]) => draw < below) ?? ["question", 1, marked];
  return { kind, content: pick(texts, key, 2) };
}

const greetings: readonly [string, ...string[]] = ["你好", "在吗", "您好，有人吗"];
const reminders: readonly [string, ...string[]] = [
  `还没人回复${place}的问题吗？`,
  `${place}的事怎么样了`,
  `麻烦看一下${place}的问题`,
];
const additions: readonly [string, ...string[]] = [
  `我住${place}3栋`,
  `[image]`,
  `补充一下，${place}整栋楼都这样`,
  `[voice]`,
  `电话打不通，只好在这里问，${place}`,
];
const followUps: readonly [string, ...string[]] = [
  `那${place}的人需要带什么材料？`,
  `周六${place}社区上班吗`,
  `如果不是${place}户口呢，也可以办吗？`,
];
const media: readonly [string, ...string[]] = ["[image]", "[voice]", "[video]"];
const asking: readonly [string, ...string[]] = [...marked, ...unmarked, ...complaints];

export const citizenSays = {
  greeting: (key: number) => `${pick(greetings, key, 3)}，我是${place}的`,
  question: (key: number) => (unit(key, 4) < 0.07 ? pick(media, key, 5) : pick(asking, key, 6)),
  reminder: (key: number) => pick(reminders, key, 7),
  addition: (key: number) => pick(additions, key, 8),
  followUp: (key: number) => pick(followUps, key, 9),
  thanks: (key: number) => pick(thanks, key, 10),
} as const;

const answers: readonly [string, ...string[]] = [
  `您好，${place}的居民请带身份证和户口簿到政务大厅3号窗口办理。`,
  `您好，已转交责任部门核实，${place}片区预计三个工作日内处理。`,
  `今晚八点前${place}恢复正常，给您带来不便请谅解。`,
  `可以的，在“云溪${marker}”小程序里就能办。`,
  `您反映的${place}的情况已收到，我们会尽快联系您。`,
  `周六上午九点到十二点可以办理，地址在${place}对面。`,
];
const closings: readonly [string, ...string[]] = [
  `还有问题可以继续留言（${marker}）。`,
  `感谢您对${place}工作的支持。`,
];

export const staffSays = {
  answer: (key: number) => pick(answers, key, 11),
  edited: (key: number) => `${pick(answers, key, 12)}（已更新）`,
  closing: (key: number) => pick(closings, key, 13),
} as const;

export const greetingOf = (name: string): string =>
  `您好，欢迎来到${name}，我是智能客服${marker}。人工服务时间为工作日9:00-12:00、14:00-18:00，请描述您的问题。`;

const keywordAnswers: readonly [string, ...string[]] = [
  `【自动回复】医保业务请回复1，社保业务请回复2，户籍业务请回复3。${marker}`,
  `【自动回复】办事指南请点击菜单“办事大厅”查看。${marker}`,
  `【自动回复】停水停电信息请关注当日推送。${marker}`,
];

export const keywordAnswer = (key: number): string => pick(keywordAnswers, key, 14);
