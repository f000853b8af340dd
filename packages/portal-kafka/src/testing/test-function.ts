/** The function of a test runner that declares a test: of Vitest, `node:test`, Bun or any other. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;
