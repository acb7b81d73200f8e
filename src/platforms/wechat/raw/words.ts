/** Words by which a number is a figure of an article or an account. */
const FIGURES = new Set(
  `active activetime age amount average avg begin cancel cnt collection comments count counts create created cumulate
  daily day days delay delivery detail duration end endtime errcode expires fen fans finish form hour idx index
  interval itemidx jump latest length like likes limit max min minute modify money month new num number offset old open
  opercode position praise quota rate ratio read readers redirect ref remain reply ret retcode second seconds send share sharers
  show size source start starttime stat state status subscribe sum time times total type types unread update updated
  used version video view views week zaikan`.split(/\s+/),
);
/** Words by which a value may lead to a person or open something, whatever else its name says. */
const IDENTIFYING = new Set(
  `alias appid author avatar bizuin code contact fakeid from head id ids ip key mail msgid name nick nickname openid
  phone realname rid secret seq sign signature ticket to token uin unionid uid username worker`.split(/\s+/),
);
/** What else names of fields, elements and script variables are made of, and the platform's own messages. */
const OTHERS = new Set(
  `a abbr access account activity ad align all analyse annual anchor api appmsg appmsgalbum appservice area article
   audio b base bd bg biz blockquote body box br btn button call can captcha card category center cgi
  channel check chksm click clear client code color component comment confirm container content context copyright cost
  cover create createtime customer data datacube date decode default deleted desc description  dialog digest
  discuss div dl document dt em empty encoded error errmsg err expired extra fail false field figure flag font footer
  for form frame ft func gateway get global group h1 h2 h3 h4 h5 h6 hd header height hidden home host hr html i icon
  iframe image images img info inner input inline int interface invalid ip is item items js json kind label language
  latest li line link list load location logo main mask material media member menu message meta mid mod modal module
  more moon mp msg msgs multi need news no noencode none not notify null object of ok ol on only opr ori og option or
  order original other over p page pages para param params path pay pic picture pids play poi poster post preview
  primary principal privacy profile property public publish qr qrcheck qrcode qualification  reason record
  recordlist redirect refresh region registered report repost request response result review reward rich rumor
  sa scene script search section select server service session set  short  sn span src stable strong
  style sub summary support svg system table tag talk task tbody td template text textarea th thead this thumb tip tips
  title toast tool top tr transfer transient true ul unauthorized under undefined union unknown upstream url urls use
  user users using valid value verify violation voice vote warn warning weapp webview wechat weui widget width window
  with world wrap wrp wx wxtoken xml zh bad busy connection closed denied exceeded failed forbidden found internal
  missing must  out permission proxy reach refused reset retry slow later temporarily timeout timed too
  unavailable wrong again please try credential whitelist grant ct gh viewport keywords robots referrer apple bar capable telephone
  detection pass seajs logs detected`.split(/\s+/),
);

const isKnown = (word: string) => FIGURES.has(word) || OTHERS.has(word) || IDENTIFYING.has(word);

/** The words of `read_user`, `read-user` and `readUser`. */
function wordsOf(name: string): string[] {
  return name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g)?.map((word) => word.toLowerCase()) ?? [];
}

/**
 * The name with every word that is not of the platform's vocabulary replaced by its length, since a name that nobody
 * expected may be a person's.
 */
export function veilName(name: string): string {
  if (isKnown(name.toLowerCase())) return name;
  if (!/^[A-Za-z_$:.-]{1,60}$/.test(name)) return `(${name.length})`;
  return name.replace(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g, (word) =>
    isKnown(word.toLowerCase()) ? word : `(${word.length})`,
  );
}

/** Whether a word of the name is known, so that it tells anything. */
export function tells(name: string): boolean {
  return wordsOf(name).some(isKnown);
}

/** A number under such a name counts or measures something. */
export function isFigure(name: string): boolean {
  const words = wordsOf(name);
  return (
    /^[A-Za-z_]+$/.test(name) &&
    words.every(isKnown) &&
    words.some((word) => FIGURES.has(word)) &&
    !words.some((word) => IDENTIFYING.has(word))
  );
}

/** A sentence's known words and its punctuation; everything else by its length. */
export function veilSentence(text: string): string {
  return text.replace(/[A-Za-z]+|[^A-Za-z\s.,:;!?()<>={}/-]+/g, (word) =>
    isKnown(word.toLowerCase()) ? word : `(${word.length})`,
  );
}
