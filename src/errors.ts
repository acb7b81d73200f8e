/** How soon asking again can help: within minutes, within hours, or only after somebody acted. */
export type Retry = "soon" | "later" | "never";

/**
 * What an error closes: one request, one API for want of permission, one API until its quota returns, or the account.
 * `function`: the account does not have what was asked about, which is no fault.
 */
export type Scope = "request" | "permission" | "function" | "quota" | "account";

export interface PlatformErrorFields {
  /** Stable class of the fault, CamelCase. */
  name: string;
  /** Metric label and `v_coverage.code`: the platform's own error number, or a short word for faults without one. */
  code: string;
  retry: Retry;
  scope: Scope;
  /** English, for logs; holds neither token nor secret. */
  message: string;
  /** Chinese, for clerks: what is wrong and what to do. */
  reason: string;
  /** The platform's support id; unique per request, so never part of a grouping. */
  rid?: string | undefined;
  /** The API that was asked, as quotas count it. */
  api?: string | undefined;
  /** For scope `quota`: when the API opens again. */
  until?: Date | undefined;
  cause?: unknown;
}

/** A fault of the platform or of the way to it. Each platform decides name, code and retry in one file of its own. */
export class PlatformError extends Error {
  readonly code: string;
  readonly retry: Retry;
  readonly scope: Scope;
  readonly reason: string;
  readonly rid: string | undefined;
  readonly api: string | undefined;
  readonly until: Date | undefined;

  constructor(fields: PlatformErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = fields.name;
    this.code = fields.code;
    this.retry = fields.retry;
    this.scope = fields.scope;
    this.reason = fields.reason;
    this.rid = fields.rid;
    this.api = fields.api;
    this.until = fields.until;
  }
}

/** The visit's lease went to somebody else: stop at once and write nothing. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/** A fault of the user's data or surroundings: `message` is the one sentence that the user needs. */
export class UserError extends Error {
  override readonly name = "UserError";
}

export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
