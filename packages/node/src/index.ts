export type * from "./control-api.ts";
export type * from "./node-lifecycle.ts";
export type * from "./state.ts";
