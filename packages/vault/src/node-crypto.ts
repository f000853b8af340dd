/** The module `node:crypto`, or undefined where there is none (browsers, and anything that hides it). */
export function loadNodeCrypto(): NodeCrypto | undefined {
  return globalThis.process?.getBuiltinModule?.("node:crypto");
}

/** The module's type, named without importing it: this package also loads where it does not exist. */
export type NodeCrypto = ReturnType<typeof globalThis.process.getBuiltinModule<"node:crypto">>;

/** A key that OpenSSL holds. */
export type NodeKey = ReturnType<NodeCrypto["createSecretKey"]>;
