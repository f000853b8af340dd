import { connect } from "node:net";

/** Milliseconds that somebody has to take a connection. */
export const CONNECT_PATIENCE = 2000;

/** Tries to connect to a port. Returns why that failed, and undefined when it did not. */
export async function connectFailure(
  host: string,
  port: number,
  patience: number = CONNECT_PATIENCE,
): Promise<string | undefined> {
  const socket = connect({ host, port, timeout: patience });
  const failure = await new Promise<string | undefined>((resolve) => {
    socket
      .once("connect", () => resolve(undefined))
      .once("timeout", () => resolve(`no answer within ${patience / 1000} s`))
      // Node.js may say from where, too.
      .on("error", ({ message }) => resolve(message.replace(/ - Local .*$/, "")));
  });
  // A service that has something to say may say it, and is not waited for.
  if (failure === undefined) socket.resume().unref().end();
  else socket.destroy();
  return failure;
}
