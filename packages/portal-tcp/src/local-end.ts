import type { OckamError } from "@ockam/codec";

/** What a {@link LocalEnd} tells its stream. */
export interface LocalEndEvents {
  /** The application wrote `chunk`, which is not changed afterwards; `more` says that further bytes wait to be read. */
  onData(chunk: Uint8Array, more: boolean): void;
  /** The application will write nothing more; it may still read. */
  onEnd(): void;
  /** The application is gone or failed: nothing can be read or written any more. */
  onError(cause: Error): void;
  /** {@link LocalEnd.pendingLength} became less. */
  onDrain(): void;
  /** After {@link LocalEnd.end}: the application has, or will get, every byte and the end. */
  onFinish(): void;
}

/** The application's side of a stream: a socket, or a Duplex in this process. No method throws. */
export interface LocalEnd {
  /** For people: `host:port` of the application, or what stands for it. */
  readonly name: string;
  /** The bytes that the application was given and has not taken. */
  readonly pendingLength: number;
  /** Begins to report; called once, before anything else. */
  start(events: LocalEndEvents): void;
  /** The stream is established. */
  opened(): void;
  /** Gives the application bytes, in order. Never refuses: {@link pendingLength} says how far behind it is. */
  write(pieces: readonly Uint8Array[]): void;
  /** The application reads the end after everything written before. */
  end(): void;
  /** Nothing more goes either way: what was written is still delivered, with its end, and then all is closed. */
  close(): void;
  /** The application sees a failure, never an end. */
  reset(cause: OckamError): void;
  /** Asks for no more {@link LocalEndEvents.onData} for now. */
  pause(): void;
  /** Asks for data again. */
  resume(): void;
}
