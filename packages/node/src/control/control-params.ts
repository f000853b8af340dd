import type { ControlMethod, ControlParams } from "./control-api.ts";
import { nodeError } from "../node-error.ts";
import { LOG_THRESHOLDS } from "../process/log-level.ts";
import type { LogThreshold } from "../process/log-level.ts";

/** The form of one parameter; a question mark for those that may be left out. */
type Form =
  | "text"
  | "text?"
  | "flag?"
  | "time?"
  | "texts?"
  | "hop"
  | "ports?"
  | "text or false?"
  | "drop, pass or error?"
  | "drop or error?"
  | "certificate and key?"
  | "negotiate, topic-keys or rust?"
  | "duration?"
  | "log level";

/** The parameters of each method. */
const FORMS: { readonly [M in ControlMethod]: Readonly<Record<keyof ControlParams<M> & string, Form>> } = {
  "node.show": {},
  "node.set-log-level": { level: "log level" },
  "node.stop": {},
  "resource.list": {},
  "worker.list": {},
  "service.list": {},
  "service.start": { type: "hop", address: "text?" },
  "flow-control.add-consumer": { flowControlId: "text", address: "text" },
  "message.send": { to: "text", payload: "text", timeout: "time?", identity: "text?" },
  "secure-channel.create": {
    to: "text",
    authorized: "texts?",
    identity: "text?",
    credential: "text?",
    timeout: "time?",
  },
  "secure-channel.list": {},
  "secure-channel.show": { address: "text" },
  "secure-channel.probe": {
    to: "text",
    authorized: "texts?",
    identity: "text?",
    credential: "text?",
    timeout: "time?",
  },
  "secure-channel.delete": { address: "text" },
  "secure-channel-listener.create": { address: "text", authorized: "texts?", identity: "text?" },
  "secure-channel-listener.list": {},
  "secure-channel-listener.show": { address: "text" },
  "secure-channel-listener.delete": { address: "text" },
  "tcp-connection.create": { to: "text", timeout: "time?" },
  "tcp-connection.list": {},
  "tcp-connection.show": { address: "text" },
  "tcp-connection.delete": { address: "text" },
  "tcp-listener.create": { address: "text" },
  "tcp-listener.list": {},
  "tcp-listener.show": { address: "text" },
  "tcp-listener.delete": { address: "text" },
  "tcp-outlet.create": {
    address: "text?",
    to: "text",
    allow: "text?",
    tls: "flag?",
    skipHandshake: "flag?",
    nagle: "flag?",
  },
  "tcp-outlet.list": {},
  "tcp-outlet.show": { name: "text" },
  "tcp-outlet.delete": { name: "text" },
  "tcp-inlet.create": {
    name: "text?",
    from: "text?",
    to: "text",
    identity: "text?",
    authorized: "text?",
    allow: "text?",
    connectionWait: "time?",
    skipHandshake: "flag?",
    nagle: "flag?",
    httpHeaders: "texts?",
  },
  "tcp-inlet.list": {},
  "tcp-inlet.show": { name: "text" },
  "tcp-inlet.delete": { name: "text" },
  "relay.create": {
    name: "text?",
    at: "text",
    address: "text?",
    authorized: "text?",
    connectionWait: "time?",
  },
  "relay.list": {},
  "relay.show": { name: "text" },
  "relay.delete": { name: "text" },
  "kafka-inlet.create": {
    name: "text?",
    from: "text?",
    brokersPortRange: "ports?",
    advertisedHost: "text?",
    to: "text?",
    outletPrefix: "text?",
    consumer: "text?",
    consumerRelay: "text?",
    publishingRelay: "text or false?",
    contentEncryption: "flag?",
    keyAgreement: "negotiate, topic-keys or rust?",
    keyHolders: "texts?",
    keyRotation: "duration?",
    keyRetention: "duration?",
    unreachablePatience: "duration?",
    encryptedFields: "texts?",
    plainRecords: "drop, pass or error?",
    unreadableRecords: "drop or error?",
    tls: "certificate and key?",
    identity: "text?",
    allow: "text?",
    allowConsumer: "text?",
    allowProducer: "text?",
    connectionWait: "time?",
  },
  "kafka-inlet.list": {},
  "kafka-inlet.show": { name: "text" },
  "kafka-inlet.delete": { name: "text" },
  "kafka-outlet.create": {
    name: "text?",
    bootstrapServer: "text?",
    prefix: "text?",
    tls: "flag?",
    tlsAuthorities: "text?",
    allow: "text?",
  },
  "kafka-outlet.list": {},
  "kafka-outlet.show": { name: "text" },
  "kafka-outlet.delete": { name: "text" },
  "policy.create": { resource: "text", allow: "text" },
  "policy.show": { resource: "text" },
  "policy.list": {},
  "policy.delete": { resource: "text" },
};

/** Whether the control API has a method of that name. */
export function isControlMethod(name: string): name is ControlMethod {
  return Object.hasOwn(FORMS, name);
}

/**
 * Checks what came as JSON: every parameter is known and has its form, none is missing. What is not known is refused
 * rather than ignored: it may have been meant to protect something.
 * @throws OckamError OCKAM_NODE_INVALID_PARAMETERS
 */
export function expectParams<M extends ControlMethod>(
  method: M,
  params: unknown,
): asserts params is ControlParams<M> {
  if (typeof params !== "object" || params === null || Array.isArray(params))
    throw invalid(`${method} expects an object`);
  const forms: Readonly<Record<string, Form>> = FORMS[method];
  for (const [name, value] of Object.entries(params)) {
    if (!Object.hasOwn(forms, name))
      throw invalid(`${method} does not know the parameter ${JSON.stringify(name)}`);
    if (value !== undefined && !CHECKS[forms[name]!](value))
      throw invalid(
        `${method}: the parameter ${name} is not what it should be (${forms[name]!.replace("?", "")})`,
      );
  }
  for (const [name, form] of Object.entries(forms)) {
    const value: unknown = (params as Readonly<Record<string, unknown>>)[name];
    if (!form.endsWith("?") && value === undefined)
      throw invalid(`${method}: the parameter ${name} is missing`);
  }
}

const CHECKS: Readonly<Record<Form, (value: unknown) => boolean>> = {
  text: isText,
  "text?": isText,
  "flag?": (value) => typeof value === "boolean",
  "time?": (value) => typeof value === "number" && value >= 0 && value <= MAX_TIME,
  "texts?": (value) => Array.isArray(value) && value.every(isText),
  hop: (value) => value === "hop",
  "ports?": (value) => Array.isArray(value) && value.length === 2 && value.every(isPort),
  "text or false?": (value) => value === false || isText(value),
  "drop, pass or error?": (value) => value === "drop" || value === "pass" || value === "error",
  "drop or error?": (value) => value === "drop" || value === "error",
  "certificate and key?": (value) => isRecordOf(value, ["certificate", "key"]),
  "negotiate, topic-keys or rust?": (value) =>
    value === "negotiate" || value === "topic-keys" || value === "rust",
  "duration?": (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  "log level": (value) => LOG_THRESHOLDS.includes(value as LogThreshold),
};

/** The longest time that timers can wait, ms. */
const MAX_TIME = 2 ** 31 - 1;

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff;
}

/** An object with these texts, and nothing else. */
function isRecordOf(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  const entries = Object.entries(value);
  return (
    entries.length === names.length && entries.every(([name, text]) => names.includes(name) && isText(text))
  );
}

function invalid(message: string): Error {
  return nodeError("INVALID_PARAMETERS", message);
}
