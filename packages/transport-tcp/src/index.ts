export { tcp } from "./tcp.ts";
export type { TcpConnectOptions } from "./tcp.ts";
export type { TcpOptions } from "./tcp-settings.ts";
export { formatHostPort, isLoopbackAddress, parseHostPort } from "./host-port.ts";
export type { HostPort } from "./host-port.ts";
export { FrameReader } from "./frame-reader.ts";
export {
  CLOSE_TIMEOUT,
  CONNECT_ATTEMPT_TIMEOUT,
  CONNECT_TIMEOUT,
  LINGER_TIMEOUT,
  MAX_CONNECTIONS,
  MAX_UNFINISHED_LENGTH,
  SEND_BUFFER_LENGTH,
  TCP_PROTOCOL_VERSION,
  VERSION_TIMEOUT,
} from "./limits.ts";
