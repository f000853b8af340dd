// The Kafka outlets of a node. docs/protocol/kafka-portal.md, "At a node".
import { Address } from "@ockam/core-routing";
import { formatEndpoint, parseEndpoint } from "@ockam/portal-tcp";
import type { KafkaOutlet } from "@ockam/portal-kafka";

import { addressInUse, isAddressInUse } from "../address-in-use.ts";
import type { KafkaOutletCreateParams } from "../control/control-api.ts";
import { serviceName, servicePath } from "../control/service-path.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { PortalGuard } from "../policies/portal-guard.ts";
import { expectName } from "../state/name.ts";
import { restoreEach } from "../state/restore-each.ts";
import type { KafkaOutletStatus } from "../status/node-status.ts";
import { outletUseStatus } from "../status/traffic-status.ts";
import { kafkaPolicies } from "./kafka-policies.ts";
import { unusableCertificate } from "./unusable-certificate.ts";

/** The name of an outlet that is not given one. */
export const DEFAULT_KAFKA_OUTLET_NAME = "kafka_outlet";
/** In front of the addresses of an outlet unless told otherwise: Rust's inlets look for these. */
export const DEFAULT_KAFKA_PREFIX = "kafka";
/** Where the first broker is unless told otherwise. */
export const DEFAULT_BOOTSTRAP_SERVER = "127.0.0.1:9092";

/** What is kept of an outlet. */
interface OutletDefinition extends Omit<KafkaOutletCreateParams, "allow"> {
  readonly name: string;
  readonly bootstrapServer: string;
  readonly prefix: string;
  /** Where brokers were last, by their id: running clients may never ask where they are again. */
  readonly brokers: Readonly<Record<string, string>>;
}

interface OwnOutlet {
  readonly outlet: KafkaOutlet;
  readonly guard: PortalGuard;
  definition: OutletDefinition;
}

/** The Kafka outlets of a node. */
export class KafkaOutlets {
  readonly #core: NodeCore;
  readonly #own = new Map<string, OwnOutlet>();
  /** Names of outlets that are being made. */
  readonly #reserved = new Set<string>();

  constructor(core: NodeCore) {
    this.#core = core;
  }

  /**
   * @throws OckamError OCKAM_NODE_KAFKA_OUTLET_EXISTS, OCKAM_NODE_ADDRESS_IN_USE, OCKAM_NODE_INVALID_ADDRESS,
   * OCKAM_NODE_INVALID_NAME, OCKAM_NODE_INVALID_POLICY, OCKAM_NODE_INVALID_TLS
   */
  async create({ allow, ...params }: KafkaOutletCreateParams): Promise<KafkaOutletStatus> {
    const name = serviceName(params.name ?? DEFAULT_KAFKA_OUTLET_NAME);
    expectName(name);
    if (this.#own.has(name) || this.#reserved.has(name))
      throw nodeError(
        "KAFKA_OUTLET_EXISTS",
        `a Kafka outlet named ${name} exists already; choose another name`,
      );
    const { bootstrapServer = DEFAULT_BOOTSTRAP_SERVER, prefix = DEFAULT_KAFKA_PREFIX } = params;
    const definition = { ...params, name, bootstrapServer, prefix, brokers: {} };
    const { undo, warning } = kafkaPolicies(this.#core.policies, [
      { resource: resourceOf(name), allow, option: "--allow" },
    ]);
    this.#reserved.add(name);
    try {
      const own = await this.#start(definition);
      this.#keep(own);
      return { ...statusOf(own), warning: warning ?? null };
    } catch (error) {
      undo();
      throw error;
    } finally {
      this.#reserved.delete(name);
    }
  }

  list(): readonly KafkaOutletStatus[] {
    return Array.from(this.#own.values(), statusOf);
  }

  /** @throws OckamError OCKAM_NODE_KAFKA_OUTLET_NOT_FOUND */
  show(name: string): KafkaOutletStatus {
    return statusOf(this.#get(name));
  }

  /** Ends its connections, too. @throws OckamError OCKAM_NODE_KAFKA_OUTLET_NOT_FOUND */
  async delete(name: string): Promise<KafkaOutletStatus> {
    const own = this.#get(name);
    const status = statusOf(own);
    this.#own.delete(own.definition.name);
    this.#core.resources.delete("kafka-outlet", own.definition.name);
    await own.outlet.close();
    own.guard.forget();
    return status;
  }

  /** Brings back what the node had. */
  restore(): Promise<void> {
    return restoreEach<OutletDefinition>(this.#core, "kafka-outlet", ({ definition }) =>
      this.#start(definition),
    );
  }

  async close(): Promise<void> {
    for (const { guard } of this.#own.values()) guard.close();
    await Promise.all(Array.from(this.#own.values(), ({ outlet }) => outlet.close()));
  }

  async #start(definition: OutletDefinition): Promise<OwnOutlet> {
    const { bootstrapServer, name, prefix, tls = false, tlsAuthorities } = definition;
    const { exposure, hops, log, policies, router } = this.#core;
    this.#expectFree(prefix);
    // Not before it is needed: most nodes have no Kafka portal.
    const { createKafkaOutlet } = await import("@ockam/portal-kafka");
    this.#expectFree(prefix);
    const guard = new PortalGuard(policies, resourceOf(name));
    let own: OwnOutlet | undefined;
    try {
      const outlet = createKafkaOutlet(router, {
        bootstrapServer,
        admit: guard.admit,
        disturbance: hops.disturbance,
        tls: tlsAuthorities === undefined ? tls : { ca: tlsAuthorities, systemCa: true },
        onAddress: (address, isUp) => {
          // Whoever comes without a channel would be denied in any case.
          if (isUp) exposure.expose(address, ["channels"]);
          else exposure.forget(address);
        },
        knownBrokers: new Map(
          Object.entries(definition.brokers).map(([id, address]) => [Number(id), address]),
        ),
        onBroker: (id, address) => {
          if (own === undefined) return;
          own.definition = { ...own.definition, brokers: { ...own.definition.brokers, [id]: address } };
          this.#keep(own);
        },
        log,
        ...(prefix === DEFAULT_KAFKA_PREFIX ? {} : { name: prefix }),
      });
      own = { outlet, guard, definition };
    } catch (error) {
      guard.close();
      const unusable = unusableCertificate(error);
      if (unusable !== undefined) throw unusable;
      if (isAddressInUse(error)) throw addressInUse(`${prefix}_…`, error);
      if (error instanceof RangeError) throw nodeError("INVALID_ADDRESS", error.message, { cause: error });
      throw error;
    }
    guard.watch(() => own.outlet.connections());
    this.#own.set(name, own);
    return own;
  }

  #keep({ definition }: OwnOutlet): void {
    // Deleted meanwhile: it would come back with the next start.
    if (this.#own.has(definition.name)) this.#core.resources.put("kafka-outlet", definition.name, definition);
  }

  #expectFree(prefix: string): void {
    expectName(prefix);
    const other = Array.from(this.#own.values()).find(({ definition }) => definition.prefix === prefix);
    if (other !== undefined)
      throw nodeError(
        "ADDRESS_IN_USE",
        `the Kafka outlet ${other.definition.name} has the addresses that begin with ${prefix}_; ` +
          "give the new one a prefix of its own, and its inlets the same",
        { details: { prefix, outlet: other.definition.name } },
      );
    for (const suffix of ["interceptor", "bootstrap"]) {
      const address = `${prefix}_${suffix}`;
      if (this.#core.router.has(Address.local(address))) throw addressInUse(address);
    }
  }

  #get(name: string): OwnOutlet {
    const own = this.#own.get(serviceName(name));
    if (own !== undefined) return own;
    throw nodeError(
      "KAFKA_OUTLET_NOT_FOUND",
      `The Kafka outlet ${name} was not found; "ockam kafka-outlet list" shows those that are there`,
    );
  }
}

/** What its policy is about. */
function resourceOf(name: string): { name: string; type: "tcp-outlet"; needsPolicy: true } {
  return { name, type: "tcp-outlet", needsPolicy: true };
}

function statusOf({ outlet, definition }: OwnOutlet): KafkaOutletStatus {
  return {
    name: definition.name,
    bootstrap_server: formatEndpoint(parseEndpoint(definition.bootstrapServer)),
    tls: definition.tls === true || definition.tlsAuthorities !== undefined,
    prefix: definition.prefix,
    address: servicePath(outlet.address.name),
    brokers: Object.fromEntries(outlet.brokers()),
    connections: outlet.connections().length,
    ...outletUseStatus(outlet),
  };
}
