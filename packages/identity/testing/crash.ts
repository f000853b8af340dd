import type { Vault } from "@ockam/vault";
import type { IdentityStorage } from "../src/identity-storage.ts";

/** What a crashing process sees of its last call. */
export class Crash extends Error {}

/**
 * A vault and a storage of a process that crashes at its `step`th call of either: before the call takes effect, or
 * after it did. No later call takes effect.
 */
export function crashing(
  vault: Vault,
  storage: IdentityStorage,
  step: number,
  when: "before" | "after",
): { vault: Vault; storage: IdentityStorage; calls: () => number } {
  let calls = 0;
  const guard = <T extends object>(target: T, methods: readonly (keyof T)[]): T =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name, object);
        if (typeof value !== "function") return value;
        const method = (...parameters: unknown[]): unknown => Reflect.apply(value, object, parameters);
        if (!methods.some((guarded) => guarded === name)) return method;
        return async (...parameters: unknown[]): Promise<unknown> => {
          calls += 1;
          if (calls > step || (calls === step && when === "before"))
            throw new Crash("the process has crashed");
          const result = await method(...parameters);
          if (calls === step) throw new Crash("the process crashes");
          return result;
        };
      },
    });
  return {
    vault: guard(vault, ["generateSigningKey", "verifyingKey", "sign", "deleteSigningKey"]),
    storage: guard(storage, ["get", "update", "delete"]),
    calls: () => calls,
  };
}
