export { createInlet } from "./inlet.ts";
export type { Inlet, InletOptions } from "./inlet.ts";
export type { InletTlsOptions } from "./inlet-tls.ts";
export { createOutlet } from "./outlet.ts";
export type { Outlet, OutletOptions } from "./outlet.ts";
export type { TargetTlsOptions } from "./target.ts";
export { connectPortal, createPortalSocket } from "./connect-portal.ts";
export type { ConnectPortalOptions } from "./connect-portal.ts";
export { PortalSocket } from "./portal-socket.ts";
export type { PortalSocketOptions } from "./portal-socket.ts";
export type { LocalEnd, LocalEndEvents } from "./local-end.ts";
export { httpHeaders, MAX_HEADERS_TO_SET } from "./http/http-headers.ts";
export { MAX_HTTP_REQUESTS } from "./http/http-answers.ts";
export { MAX_HTTP_CHUNK_LINE_LENGTH, MAX_HTTP_HEAD_LENGTH, MAX_HTTP_HEADERS } from "./http/http-scanner.ts";
export type { PortalOptions } from "./portal.ts";
export { peerIdentifierOf } from "./sender.ts";
export type { PortalAdmission } from "./portal-admission.ts";
export type { PortalConnection, PortalResetReason } from "./portal-connection.ts";
export { NO_TRAFFIC, totalTraffic } from "./portal-traffic.ts";
export type { PortalTraffic } from "./portal-traffic.ts";
export type { Disturbance } from "./route-watch.ts";
export type { Endpoint } from "./endpoint.ts";
export { formatEndpoint, parseEndpoint } from "./endpoint.ts";
export {
  decodePortalMessage,
  encodeDisconnect,
  encodeHandshake,
  encodePayload,
  encodeProgress,
  encodeReset,
} from "./portal-message.ts";
export type { PayloadMessage, PortalMessage, Progress } from "./portal-message.ts";
export { decodeExtension, encodeExtension, STREAM_CONTROL } from "./portal-extension.ts";
export type { PortalExtension } from "./portal-extension.ts";
export * from "./limits.ts";
