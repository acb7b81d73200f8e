/**
 * Codes of faults by which the platform rejects who asks, so that nothing of the account can be seen until somebody
 * mends it at the platform or in the register. Tokens that expired mend themselves and are none, but for 40001: the
 * platform says it of a wrong secret too.
 */
export const CREDENTIAL_CODES: readonly string[] = [
  "40001",
  "40013",
  "40125",
  "40164",
  "40243",
  "48004",
  "50002",
  "50004",
  "50007",
  "61003",
  "61024",
  "89501",
  "89503",
  "89506",
  "89507",
  "no_secret",
];
