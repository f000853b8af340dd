export { DEFAULT_POLICY, Policy } from "./policy.ts";
export type { PolicyForm, PolicyParseOptions } from "./policy.ts";
export type { PolicyWarning, PolicyWarningCode } from "./policy-warning.ts";
export type { Expression } from "./expression.ts";
export { OPERATORS } from "./expression.ts";
export type { BooleanExpression } from "./boolean-expression.ts";
export type { Environment, PolicyValue } from "./policy-value.ts";
export { HANDLE_MESSAGE, subjectEnvironment } from "./subject-environment.ts";
export type { Situation } from "./subject-environment.ts";
export { policyAccessControl } from "./policy-access-control.ts";
export type { PolicyAccessControl, PolicyAccessControlOptions } from "./policy-access-control.ts";
export { RESOURCE_TYPES } from "./resource-type.ts";
export type { ResourceType } from "./resource-type.ts";
export {
  DECISION_LIFETIME,
  DENIAL_INTERVAL,
  MAX_ENCODED_POLICY_LENGTH,
  MAX_POLICY_DEPTH,
  MAX_POLICY_LENGTH,
  MAX_POLICY_TERMS,
  MAX_REMEMBERED_DECISIONS,
  MAX_TOLD_DENIALS,
} from "./constants.ts";
export { POLICY_ERROR_CODES } from "./policy-error.ts";
