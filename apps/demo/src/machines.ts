import { OckamCommand } from "./ockam-command.ts";

/** Homes, as on several machines. They stop together; `tell` is called with each command line. */
export async function startMachines<Name extends string>(
  names: readonly Name[],
  stack: AsyncDisposableStack,
  tell: (line: string) => void,
): Promise<Readonly<Record<Name, OckamCommand>>> {
  const width = Math.max(...names.map(({ length }) => length));
  const machines = await Promise.all(
    names.map(async (name): Promise<readonly [Name, OckamCommand]> => {
      const machine = await OckamCommand.create((line) => tell(`${name.padEnd(width)}$ ${line}`));
      return [name, machine];
    }),
  );
  stack.defer(async () => {
    await Promise.all(machines.map(([, machine]) => machine[Symbol.asyncDispose]()));
  });
  return Object.fromEntries(machines) as Readonly<Record<Name, OckamCommand>>;
}
