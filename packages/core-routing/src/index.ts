export { Address, LOCAL_TRANSPORT, MAX_ADDRESS_LENGTH, TCP_TRANSPORT, UDP_TRANSPORT } from "./address.ts";
export type { Route } from "./route.ts";
export {
  formatRoute,
  MAX_ROUTE_LENGTH,
  parseRoute,
  readAddress,
  readRoute,
  writeAddress,
  writeRoute,
} from "./route.ts";
export { Message, SECURE_CHANNEL_IDENTIFIER } from "./message.ts";
export type { LocalInfo } from "./message.ts";
export {
  decodeTransportMessage,
  encodeTransportMessage,
  MAX_TRANSPORT_MESSAGE_LENGTH,
} from "./transport-message.ts";
export type { Context, Mailbox, SendOptions, TerminalInfo, Worker } from "./worker.ts";
export { MAX_DELIVERY_DEPTH, WORKER_QUEUE_CAPACITY } from "./worker-queue.ts";
export { Router } from "./router.ts";
export type { RouterOptions, StartOptions } from "./router.ts";
export { MAX_REQUEST_TIMEOUT, REQUEST_TIMEOUT } from "./request.ts";
export type { RequestOptions } from "./request.ts";
export type { AccessControl } from "./access-control.ts";
export { allOf, allowAll, anyOf, denyAll, fromAddresses, toAddresses } from "./access-control.ts";
export { FlowControls } from "./flow-control.ts";
export type { FlowControlId, Producer } from "./flow-control.ts";
export type {
  Transport,
  TransportConnection,
  TransportConnectOptions,
  TransportListener,
  TransportListenOptions,
} from "./transport.ts";
export { connect, routeConnection } from "./connection.ts";
export type { ConnectionOrigin, ConnectOptions, RoutedConnection } from "./connection.ts";
export { listen } from "./listener.ts";
export type { ListenOptions, RoutedListener } from "./listener.ts";
export { MEMORY_QUEUE_CAPACITY, MEMORY_TRANSPORT, memoryTransport } from "./memory-transport.ts";
export { MAX_MULTIADDR_COMPONENTS, MAX_MULTIADDR_LENGTH, MultiAddr } from "./multiaddr.ts";
export type { MultiAddrComponent, MultiAddrProtocol } from "./multiaddr.ts";
export { echoWorker } from "./echo.ts";
export { uppercaseWorker } from "./uppercase.ts";
export { hopWorker } from "./hop.ts";
