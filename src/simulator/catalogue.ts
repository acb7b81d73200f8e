export type Habit = "daily" | "workdays" | "thrice_weekly" | "weekly" | "never";

/** How an account publishes beside mass-sending, or instead of it. */
export type Unnotified = "never" | "some" | "most" | "always" | "bursts";

/** How the staff answers what citizens write. */
export type ReplyHabit = "prompt" | "tireless" | "mornings" | "slow" | "never";

export interface CustomerService {
  /** Conversations that begin on a working day. */
  perDay: number;
  robot: "none" | "greeting" | "keywords" | "followers";
  /** A server of the account's own takes all messages, and customer service never sees them. */
  callback: boolean;
}

export type Special =
  | "lead"
  | "silent"
  | "never_posted"
  | "just_opened"
  | "unverified"
  | "rotated_secret"
  | "not_allow_listed"
  | "no_follower_permission"
  | "sparse_curves"
  | "shared_msgid";

export interface Entry {
  code: string;
  name: string;
  department: { code: string; name: string };
  kind: "subscription" | "service";
  habit: Habit;
  followers: number;
  special: Special | null;
  silentDays: number | null;
  unnotified: Unnotified;
  /** Days from the start until the verification runs out; drawn when null. */
  verifiedDays: number | null;
  /** Accounts registered late have no comments. */
  comments: boolean;
  /** Drawn when null. */
  replying: ReplyHabit | null;
  service: CustomerService | null;
}

const office = { code: "county-office", name: "云溪县人民政府办公室" };
const health = { code: "health", name: "云溪县卫生健康局" };
const education = { code: "education", name: "云溪县教育局" };

function entry(
  code: string,
  name: string,
  department: { code: string; name: string } | string,
  habit: Habit,
  followers: number,
  more: Partial<Omit<Entry, "code" | "name" | "department" | "habit" | "followers">> = {},
): Entry {
  const owner = typeof department === "string" ? { code, name: department } : department;
  return {
    code,
    name,
    department: owner,
    kind: "subscription",
    habit,
    followers,
    special: null,
    silentDays: null,
    unnotified: "never",
    verifiedDays: null,
    comments: true,
    replying: null,
    service: null,
    ...more,
  };
}

const served = (
  perDay: number,
  replying: ReplyHabit,
  robot: CustomerService["robot"] = "none",
  callback = false,
): { replying: ReplyHabit; service: CustomerService } => ({ replying, service: { perDay, robot, callback } });

const silent = (silentDays: number) => ({ special: "silent", silentDays }) as const;

/** The lead account and everything special come first, so that a small county keeps as many of them as fit. */
export const catalogue: readonly Entry[] = [
  entry("yunxi-fabu", "云溪发布", office, "daily", 183_000, {
    special: "lead",
    unnotified: "some",
    ...served(12, "prompt", "keywords"),
  }),
  entry("archives", "云溪档案", "云溪县档案馆", "workdays", 2_100, silent(9)),
  entry("town-liushu", "柳树镇在线", "云溪县柳树镇人民政府", "workdays", 3_900, silent(11)),
  entry("sports", "云溪体育", "云溪县体育事业发展中心", "thrice_weekly", 4_700, silent(13)),
  entry("town-shiqiao", "石桥乡微讯", "云溪县石桥乡人民政府", "weekly", 1_600, silent(16)),
  entry("town-gaoping", "高坪乡政务", "云溪县高坪乡人民政府", "never", 420, { special: "never_posted" }),
  entry("data-bureau", "云溪数据", "云溪县数据局", "daily", 860, { special: "just_opened", comments: false }),
  entry("town-baiyun", "白云镇发布", "云溪县白云镇人民政府", "workdays", 2_700, {
    special: "unverified",
    verifiedDays: -40,
  }),
  entry("water", "云溪水务", "云溪县水务局", "workdays", 8_300, {
    special: "rotated_secret",
    kind: "service",
    ...served(8, "slow"),
  }),
  entry("transport", "云溪交通", "云溪县交通运输局", "daily", 15_400, { special: "not_allow_listed" }),
  entry("market", "云溪市场监管", "云溪县市场监督管理局", "workdays", 9_700, { special: "no_follower_permission" }),
  entry("agriculture", "云溪农业农村", "云溪县农业农村局", "workdays", 12_600, { special: "sparse_curves" }),
  entry("police", "平安云溪", "云溪县公安局", "daily", 97_000, { special: "shared_msgid", unnotified: "some" }),
  entry("traffic-police", "云溪交警", { code: "police", name: "云溪县公安局" }, "daily", 41_000, {
    special: "shared_msgid",
    ...served(3, "mornings"),
  }),
  entry("media-centre", "云溪融媒", "云溪县融媒体中心", "daily", 121_000, { unnotified: "bursts", replying: "prompt" }),
  entry("education", "云溪教育", education, "daily", 66_000, { unnotified: "some", ...served(4, "never") }),
  entry("health", "健康云溪", health, "daily", 58_000, { unnotified: "most" }),
  entry("people-hospital", "云溪县人民医院", health, "workdays", 84_000, {
    kind: "service",
    ...served(16, "mornings", "none", true),
  }),
  entry("tcm-hospital", "云溪县中医医院", health, "workdays", 37_500, {
    kind: "service",
    unnotified: "some",
    ...served(9, "tireless", "followers"),
  }),
  entry("maternity-hospital", "云溪妇幼", health, "thrice_weekly", 29_800, {
    kind: "service",
    unnotified: "always",
    ...served(6, "slow"),
  }),
  entry("disease-control", "云溪疾控", health, "workdays", 18_200),
  entry("town-chengguan-clinic", "城关镇卫生院", health, "weekly", 3_300),
  entry("first-school", "云溪一中", education, "thrice_weekly", 22_400),
  entry("second-school", "云溪二中", education, "thrice_weekly", 14_900, { comments: false }),
  entry("experimental-primary", "云溪县实验小学", education, "workdays", 11_800, { unnotified: "always" }),
  entry("vocational-school", "云溪职中", education, "weekly", 6_100),
  entry("kindergarten", "云溪县机关幼儿园", education, "weekly", 2_900, { verifiedDays: 20, comments: false }),
  entry("human-resources", "云溪人社", "云溪县人力资源和社会保障局", "daily", 44_600, {
    kind: "service",
    unnotified: "some",
    ...served(18, "prompt", "keywords"),
  }),
  entry("civil-affairs", "云溪民政", "云溪县民政局", "workdays", 13_700, { replying: "slow" }),
  entry("justice", "云溪司法", "云溪县司法局", "workdays", 9_900, { unnotified: "some" }),
  entry("tax", "云溪税务", "云溪县税务局", "workdays", 16_800, { kind: "service", ...served(7, "mornings") }),
  entry("culture-tourism", "云溪文旅", "云溪县文化和旅游局", "daily", 52_300, {
    unnotified: "most",
    replying: "never",
  }),
  entry("housing", "云溪住建", "云溪县住房和城乡建设局", "workdays", 10_500, { unnotified: "some", comments: false }),
  entry("natural-resources", "云溪自然资源", "云溪县自然资源局", "thrice_weekly", 7_200),
  entry("emergency", "云溪应急", "云溪县应急管理局", "daily", 21_300, { unnotified: "most" }),
  entry("fire", "云溪消防", "云溪县消防救援大队", "workdays", 17_600),
  entry("medical-insurance", "云溪医保", "云溪县医疗保障局", "workdays", 24_100, {
    kind: "service",
    ...served(22, "prompt", "greeting"),
  }),
  entry("service-hall", "云溪政务服务", "云溪县行政审批和政务服务局", "workdays", 31_700, {
    kind: "service",
    unnotified: "some",
    ...served(26, "tireless", "greeting"),
  }),
  entry("statistics", "云溪统计", "云溪县统计局", "weekly", 1_900, { comments: false }),
  entry("forestry", "云溪林业", "云溪县林业局", "thrice_weekly", 3_600),
  entry("town-chengguan", "城关镇发布", "云溪县城关镇人民政府", "daily", 8_800, { unnotified: "some" }),
  entry("town-qinglong", "青龙镇之声", "云溪县青龙镇人民政府", "workdays", 5_200, {
    unnotified: "some",
    ...served(0.4, "mornings"),
  }),
  entry("town-longtan", "龙潭镇微政务", "云溪县龙潭镇人民政府", "thrice_weekly", 4_100, { comments: false }),
  entry("town-mayan", "马岩乡讯", "云溪县马岩乡人民政府", "weekly", 1_200, { comments: false }),
  entry("town-xikou", "溪口镇发布", "云溪县溪口镇人民政府", "workdays", 4_600, { unnotified: "most" }),
];

const towns = catalogue.filter((place) => place.department.code.startsWith("town-")).map((place) => place.department);
const first = [..."东西南北上下大小新老金银清红长平安福永和"];
const second = [..."河山坝湾沟岭塘坪桥井泉林庄店营堰溪坡梁屯"];
const habits: readonly Habit[] = ["daily", "workdays", "thrice_weekly", "weekly", "weekly"];
/** Out of 20 villages. */
const villageChannels: readonly [Unnotified, number][] = [
  ["bursts", 1],
  ["always", 2],
  ["most", 4],
  ["some", 8],
  ["never", 20],
];

/** Every county beyond the catalogue grows by villages of its towns. */
export function villageEntry(number: number, draw: number, channelDraw: number, functionDraw: number): Entry {
  const town = towns[number % towns.length] ?? office;
  const round = Math.floor(number / towns.length);
  const place = `${first[round % first.length]}${second[Math.floor(round / first.length) % second.length]}`;
  const repeat = Math.floor(round / (first.length * second.length));
  const suffix = repeat === 0 ? "" : `${repeat + 1}组`;
  const shortTown = town.name.replace("云溪县", "").replace("人民政府", "");
  return entry(
    `village-${String(number + 1).padStart(4, "0")}`,
    `${shortTown}${place}村${suffix}`,
    town,
    habits[Math.floor(draw * habits.length)] ?? "weekly",
    Math.round(200 * (1 - draw) ** -0.8),
    {
      unnotified: villageChannels.find(([, below]) => channelDraw * 20 < below)?.[0] ?? "never",
      comments: functionDraw < 0.6,
      service: functionDraw < 0.03 ? { perDay: 0.3, robot: "none", callback: false } : null,
    },
  );
}
