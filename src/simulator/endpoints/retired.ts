import { refuse } from "../errors.ts";
import { type BusinessEndpoint, jsonType } from "./endpoint.ts";

const names = [
  "getarticlesummary",
  "getarticletotal",
  "getuserread",
  "getuserreadhour",
  "getusershare",
  "getusersharehour",
];

export const retiredEndpoints: readonly BusinessEndpoint[] = names.map((api) => ({
  api,
  path: `/datacube/${api}`,
  method: "POST",
  credential: "token",
  permission: "statistics",
  contentType: jsonType,
  dailyLimit: 1_000,
  answer: () => refuse(47009),
}));
