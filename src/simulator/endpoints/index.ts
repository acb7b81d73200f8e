import { pageApi } from "../pages/index.ts";
import { commentEndpoints } from "./comments.ts";
import type { Endpoint } from "./endpoint.ts";
import { followerEndpoints } from "./followers.ts";
import { messageEndpoints } from "./messages.ts";
import { profileEndpoints } from "./profile.ts";
import { publicationEndpoints } from "./publications.ts";
import { quotaEndpoints } from "./quota.ts";
import { retiredEndpoints } from "./retired.ts";
import { statisticsEndpoints } from "./statistics.ts";
import { tokenEndpoints } from "./tokens.ts";

/** The platform's whole surface: one family, one file, one line. */
const endpoints: readonly Endpoint[] = [
  ...tokenEndpoints,
  ...statisticsEndpoints,
  ...followerEndpoints,
  ...publicationEndpoints,
  ...profileEndpoints,
  ...commentEndpoints,
  ...messageEndpoints,
  ...retiredEndpoints,
  ...quotaEndpoints(endpointAt),
];

const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
const byApi = new Map(endpoints.map((endpoint) => [endpoint.api, endpoint]));

export function endpointAt(path: string): Endpoint | undefined {
  return byPath.get(path);
}

/** Tests may name an API by its name or its path; the article pages count as one. */
export function apiNamed(text: string): string | null {
  if (text === pageApi) return pageApi;
  return (byApi.get(text) ?? byPath.get(text))?.api ?? null;
}
