/** What the command line asks for. */
export interface RunOptions {
  readonly rounds: number;
  /** Little load: to try the harness. */
  readonly quick: boolean;
  /** Names of systems that are left out. */
  readonly without: readonly string[];
}

/** What can be measured here or not. */
export interface Measurable {
  readonly name: string;
  /** Nothing when it can be measured here, else what is missing and how to get it. */
  missing(): Promise<string | undefined>;
}

/**
 * The systems that are not left out.
 * @throws Error when one of them cannot be measured here
 */
export async function chosen<S extends Measurable>(
  systems: readonly S[],
  without: readonly string[],
): Promise<readonly S[]> {
  const left = systems.filter(({ name }) => !without.includes(name));
  for (const system of left) {
    const missing = await system.missing();
    if (missing !== undefined) {
      throw new Error(`${system.name}: ${missing}\nor leave it out: --without ${system.name}`);
    }
  }
  return left;
}

/** Each round starts with another system, so that none always runs on the warmest machine. */
export function inOrderOf<S>(round: number, systems: readonly S[]): readonly S[] {
  const shift = round % systems.length;
  return [...systems.slice(shift), ...systems.slice(0, shift)];
}
