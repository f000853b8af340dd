import { rmSync } from "node:fs";

import { openState } from "@ockam/node/state";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { TestProject, temporaryHome } from "../testing/test-project.ts";
import { kafkaRoutes } from "./kafka-routes.ts";

const NOTHING = {
  to: undefined,
  via: undefined,
  consumer: undefined,
  consumerRelay: undefined,
  publishingRelay: undefined,
  noPublishing: false,
};
const PROJECT = "/project/default";

describe("in a project", () => {
  let home: string;
  beforeAll(async () => {
    home = temporaryHome();
    vi.stubEnv("OCKAM_HOME", home);
    await using there = await TestProject.start();
    using state = openState({ home });
    state.projects.put(there.project);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });

  test.each([
    [{}, { to: PROJECT, consumerRelay: PROJECT, publishingRelay: PROJECT }],
    [
      { via: "kafka" },
      {
        to: `${PROJECT}/service/forward_to_kafka/secure/api`,
        consumerRelay: PROJECT,
        publishingRelay: PROJECT,
      },
    ],
    [
      { via: "kafka", consumer: "/node/c" },
      {
        to: `${PROJECT}/service/forward_to_kafka/secure/api`,
        consumer: "/node/c",
        publishingRelay: PROJECT,
      },
    ],
    [{ to: "/a" }, { to: "/a", consumerRelay: "/a", publishingRelay: "/a" }],
    [
      { to: "/a", consumerRelay: "/b" },
      { to: "/a", consumerRelay: "/b", publishingRelay: "/b" },
    ],
    [
      { to: "/a", publishingRelay: "/c" },
      { to: "/a", consumerRelay: "/a", publishingRelay: "/c" },
    ],
    [
      { to: "/a", noPublishing: true },
      { to: "/a", consumerRelay: "/a", publishingRelay: false },
    ],
  ])("%j", (typed, routes) => {
    expect(kafkaRoutes({ ...NOTHING, ...typed })).toEqual(routes);
  });
});
