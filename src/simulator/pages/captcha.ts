import type { Settings } from "../settings.ts";

const forms = ["redirect", "verify", "frequent"] as const;
export type CaptchaForm = (typeof forms)[number];

const windowMs = 60_000;

export interface Captchas {
  /** Counts a visit of any page; the forms of the captcha take turns. */
  visit(settings: Settings, nowMs: number): CaptchaForm | null;
}

export function createCaptchas(): Captchas {
  let raised = 0;
  let visits: number[] = [];

  const isTooFast = (limit: number | null, nowMs: number): boolean => {
    if (limit === null) return false;
    visits = visits.filter((ms) => ms > nowMs - windowMs && ms <= nowMs).slice(-limit);
    visits.push(nowMs);
    return visits.length > limit;
  };

  const isDue = (settings: Settings, nowMs: number): boolean => {
    const tooFast = isTooFast(settings.pagesPerMinute, nowMs);
    if (typeof settings.captcha === "boolean") return settings.captcha || tooFast;
    if (settings.captcha === 0) return tooFast;
    settings.captcha--;
    return true;
  };

  return {
    visit(settings, nowMs) {
      if (!isDue(settings, nowMs)) return null;
      raised++;
      return forms[(raised - 1) % forms.length] ?? null;
    },
  };
}
