import { setTimeout as sleep } from "node:timers/promises";

import { httpRequest, type HttpQuestion } from "./http-request.ts";
import type { Implementation, Outcome, Scene } from "./scene.ts";

/** One thing that a row does and checks. */
export interface Step {
  /** Only this implementation takes it: the row says why in its `differs`. */
  readonly only?: Implementation;
  run(scene: Scene): Promise<void>;
}

/** Throws an error that says what is wrong with the outcome of a command. */
export type Expectation = (outcome: Outcome, scene: Scene) => Promise<void> | void;

/** The command succeeds, and its output is as expected. */
export function ok(line: string, ...expectations: readonly Expectation[]): Step {
  return command(line, [exitCode(0), ...expectations]);
}

/** The command fails while it runs (exit code 70), and its output is as expected. */
export function fails(line: string, ...expectations: readonly Expectation[]): Step {
  return command(line, [exitCode(70), ...expectations]);
}

/** The first command's output is the second one's input. Both succeed. */
export function pipe(first: string, second: string, ...expectations: readonly Expectation[]): Step {
  return {
    async run(scene) {
      const piped = await scene.run(first);
      await exitCode(0)(piped, scene);
      const outcome = await scene.run(second, piped.stdout);
      for (const expectation of [exitCode(0), ...expectations]) await expectation(outcome, scene);
    },
  };
}

/** The command succeeds, and its standard output, trimmed, becomes the variable `{name}`. */
export function keep(name: string, line: string): Step {
  return ok(line, ({ stdout }, scene) => scene.set(name, stdout.trim()));
}

/** An HTTP request to the port in the variable answers with the status. */
export function http(port: string, status: number, question?: HttpQuestion): Step {
  return act(async (scene) => {
    const answer = await httpRequest(Number(await scene.get(port)), question);
    if (answer.status !== status) throw new Error(`expected HTTP status ${status}, got ${answer.status}`);
  });
}

/** An HTTP request to the port in the variable gets no answer. */
export function noHttp(port: string, timeout = 1500): Step {
  return act(async (scene) => {
    const number = Number(await scene.get(port));
    const answer = await httpRequest(number, { timeout }).catch(() => undefined);
    if (answer !== undefined) throw new Error(`expected no answer, got HTTP status ${answer.status}`);
  });
}

/** Repeats the step until it succeeds. */
export function within(milliseconds: number, step: Step): Step {
  return act(async (scene) => {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      try {
        return await step.run(scene);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(100);
      }
    }
  });
}

/** Steps of one implementation alone. */
export function when(only: Implementation, ...steps: readonly Step[]): Step {
  return {
    only,
    async run(scene) {
      if (scene.ockam.implementation !== only) return;
      for (const step of steps) await step.run(scene);
    },
  };
}

/** Whatever the other steps cannot say. */
export function act(run: (scene: Scene) => Promise<void> | void): Step {
  return { run: async (scene) => run(scene) };
}

/** Standard output and error together contain each text. */
export function contains(...texts: readonly string[]): Expectation {
  return async (outcome, scene) => {
    for (const text of texts) {
      const wanted = await scene.fill(text);
      if (!said(outcome).includes(wanted)) throw mismatch(outcome, `expected ${JSON.stringify(wanted)}`);
    }
  };
}

/** Neither stream contains any of the texts. */
export function lacks(...texts: readonly string[]): Expectation {
  return async (outcome, scene) => {
    for (const text of texts) {
      const unwanted = await scene.fill(text);
      if (said(outcome).includes(unwanted)) throw mismatch(outcome, `did not expect ${unwanted}`);
    }
  };
}

/** Standard output, trimmed, is the text. */
export function exactly(text: string): Expectation {
  return async (outcome, scene) => {
    const wanted = await scene.fill(text);
    if (outcome.stdout.trim() !== wanted)
      throw mismatch(outcome, `expected exactly ${JSON.stringify(wanted)}`);
  };
}

/** Standard output matches the pattern. */
export function matches(pattern: RegExp): Expectation {
  return (outcome) => {
    if (!pattern.test(outcome.stdout)) throw mismatch(outcome, `expected ${pattern}`);
  };
}

/** Standard output is JSON that satisfies the check. */
export function json(what: string, check: (value: unknown) => boolean): Expectation {
  return (outcome) => {
    if (!check(JSON.parse(outcome.stdout))) throw mismatch(outcome, `expected ${what}`);
  };
}

/** The command ended with one of these exit codes. */
export function exitCode(...codes: readonly number[]): Expectation {
  return (outcome) => {
    if (!codes.includes(outcome.exitCode))
      throw mismatch(outcome, `expected exit code ${codes.join(" or ")}`);
  };
}

/** The arguments make no sense: exit code 64. Rust's command has 2 without a pager, and 70 where it finds out later. */
export const isUsageError: Expectation = (outcome, scene) =>
  exitCode(...(scene.ockam.implementation === "typescript" ? [64] : [64, 2, 70]))(outcome, scene);

/** The command with whatever exit code its expectations name. */
export function command(line: string, expectations: readonly Expectation[]): Step {
  return {
    async run(scene) {
      const outcome = await scene.run(line);
      for (const expectation of expectations) await expectation(outcome, scene);
    },
  };
}

function said({ stdout, stderr }: Outcome): string {
  return `${stdout}\n${stderr}`;
}

function mismatch({ line, exitCode: code, stdout, stderr }: Outcome, wanted: string): Error {
  return new Error(`ockam ${line}\n${wanted}, got exit code ${code}\nstdout: ${stdout}\nstderr: ${stderr}`);
}
