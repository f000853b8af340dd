/** Facts about an error that a program may read: never secrets, keys or plaintext. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

const BRAND = Symbol.for("ockam.error");

/**
 * The one error class of all packages. `code` is stable (`OCKAM_<AREA>_<WHAT>`) and meant for programs;
 * `message` names the cause and, where there is one, the next step, and is meant for people.
 */
export class OckamError extends Error {
  override readonly name = "OckamError";
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperty(this, BRAND, { value: true });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether `value` is an {@link OckamError}, also one of another copy of this package; with `code`, of that code. */
export function isOckamError(value: unknown, code?: string): value is OckamError {
  if (!(value instanceof Error) || !(BRAND in value)) return false;
  return code === undefined || ("code" in value && value.code === code);
}
