// What TypeScript peers tell each other in the bytes that Rust ignores after Ping and Pong.
// docs/protocol/portals.md, "The extension".
//
//   extension    = magic version length capabilities credit status *future
//   magic        = 4f 50 58          version = u8, 1        length = u16be: bytes after it, 9 in version 1
//   capabilities = u32be, a set of bits                     credit = u32be     status = u8

/** What one side announces about itself. */
export interface PortalExtension {
  /** Bits; see {@link STREAM_CONTROL}. Unknown ones are ignored. */
  readonly capabilities: number;
  /** How many bytes of data the receiver of this may send before it is granted more. */
  readonly credit: number;
  /** 0, or in a Pong the reason why the outlet could not connect. */
  readonly status: number;
}

/** Bits 0 (credit), 1 (half-close with byte totals) and 2 (Reset with a reason): this version wants all or none. */
export const STREAM_CONTROL = 0b111;

const MAGIC = [0x4f, 0x50, 0x58] as const;
const VERSION = 1;
const FIXED_LENGTH = 6;
const BODY_LENGTH = 9;

/** The bytes of an extension, which follow the `00` of a Ping or the `01` of a Pong. */
export function encodeExtension(extension: PortalExtension): Uint8Array {
  const bytes = new Uint8Array(FIXED_LENGTH + BODY_LENGTH);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes[3] = VERSION;
  view.setUint16(4, BODY_LENGTH);
  view.setUint32(6, extension.capabilities);
  view.setUint32(10, extension.credit);
  bytes[14] = extension.status;
  return bytes;
}

/**
 * The extension in the bytes after a Ping or Pong, or undefined: other bytes are no error, Rust ignores them as well.
 * A later version has these fields too and more behind them, which `length` covers.
 */
export function decodeExtension(bytes: Uint8Array): PortalExtension | undefined {
  if (bytes.length < FIXED_LENGTH + BODY_LENGTH) return undefined;
  if (MAGIC.some((byte, index) => bytes[index] !== byte) || bytes[3]! < VERSION) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint16(4);
  if (length < BODY_LENGTH || length > bytes.length - FIXED_LENGTH) return undefined;
  return { capabilities: view.getUint32(6), credit: view.getUint32(10), status: bytes[14]! };
}

/** Whether a peer that announced this takes part in {@link STREAM_CONTROL}. */
export function hasStreamControl(extension: PortalExtension | undefined): extension is PortalExtension {
  return extension !== undefined && (extension.capabilities & STREAM_CONTROL) === STREAM_CONTROL;
}
