export { testTransport } from "./test-transport.ts";
export type { TestFunction, TransportUnderTest } from "./test-transport.ts";
