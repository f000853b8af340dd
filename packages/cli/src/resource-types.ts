/** The types of what policies are for, as `@ockam/policy` has them: commands start without its code. */
export const RESOURCE_TYPES: readonly string[] = [
  "tcp-inlet",
  "tcp-outlet",
  "echoer",
  "kafka-consumer",
  "kafka-producer",
  "relay",
  "lessor",
];

/** Whether a word is the name of a type. */
export function isResourceType(word: string): boolean {
  return RESOURCE_TYPES.includes(word);
}
