// The contract of a transport plugin. `@ockam/core-routing/testing` holds the suite that each of them passes.

/** Options of {@link Transport.connect}. */
export interface TransportConnectOptions {
  /** Gives up; the connect is rejected with the signal's reason and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** In milliseconds; the transport has a default of its own. */
  readonly timeout?: number;
}

/** Options of {@link Transport.listen}. */
export interface TransportListenOptions {
  /** Gives up before the listener is there; closing it afterwards is {@link TransportListener.close}. */
  readonly signal?: AbortSignal;
  /** Called for each accepted connection. Until it calls `start`, nothing is read from it. */
  onConnection(connection: TransportConnection): void;
}

/**
 * Carries encoded transport messages to other nodes. It knows nothing of routes, workers and access control, which are
 * the task of `connect` and `listen` of this package; framing, sockets and name resolution are its own.
 */
export interface Transport {
  /** For logs, such as `tcp`. */
  readonly name: string;
  /** The type of its addresses, 0 to 255. */
  readonly type: number;
  /** Opens a connection. Each call opens a new one. Rejects with an OckamError that tells why it is impossible. */
  connect(address: string, options?: TransportConnectOptions): Promise<TransportConnection>;
  /** Listens at `address`. Rejects with an OckamError when it is in use or not possible. */
  listen(address: string, options: TransportListenOptions): Promise<TransportListener>;
}

/** An established connection. It carries whole messages, in order, each exactly once, or it ends. */
export interface TransportConnection {
  /** The other side's address, for people. */
  readonly peer: string;
  /** Whether the other side is on this machine. */
  readonly loopback: boolean;
  /**
   * Begins to read, once. `onMessage` gets one encoded message, as pieces cut anywhere, in the order of sending. While a
   * promise that it returned is pending no further message is handed over and, after a bounded amount, nothing is read
   * from the other side: that is how back-pressure reaches the sender. When it throws or rejects the connection closes.
   */
  start(onMessage: (pieces: readonly Uint8Array[]) => void | Promise<void>): void;
  /**
   * Sends one encoded message, which is not empty; its pieces must not be changed afterwards. A promise asks to wait
   * before sending more; what is sent nevertheless is not lost. Throws, or rejects, with an OckamError when the
   * connection is closed or the message exceeds MAX_TRANSPORT_MESSAGE_LENGTH; after the latter the connection goes on.
   */
  send(pieces: readonly Uint8Array[]): void | Promise<void>;
  /** Ends the connection: what was sent before is delivered, if the other side reads it. May be called again. */
  close(): Promise<void>;
  /** Resolves when the connection has ended, in whatever way: with undefined after an orderly end, else with the cause. */
  readonly closed: Promise<Error | undefined>;
}

/** A listener that accepts connections until it is closed. */
export interface TransportListener {
  /** Where it listens: what a peer connects to, with a port that was picked filled in. */
  readonly address: string;
  /** Stops accepting; connections stay. May be called again. */
  close(): Promise<void>;
  /** Resolves when it no longer listens, with the cause when that was not {@link close}. */
  readonly closed: Promise<Error | undefined>;
}
