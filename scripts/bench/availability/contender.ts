import type { Access } from '../../cluster/kubectl.ts';

/** Where a contender lives during one run. */
export interface Place {
  cluster: Access;
  namespace: string;
}

/** Something that runs etcd on Kubernetes, and how a person works with it. All but the names throw on failure. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** The StatefulSet that its members run in. */
  readonly set: string;
  /** Whether a lost volume and a new number of replicas are its business. */
  readonly manages: boolean;
  /** Endpoint of one member in a namespace. */
  member(namespace: string, ordinal: number): string;
  /** Endpoint of the client Service in a namespace. */
  service(namespace: string): string;
  /** Asks for three members of that etcd version; does not wait for them. */
  install(place: Place, etcd: string): Promise<void>;
  /** Asks for a restart of every member, one by one; does not wait. */
  restart(place: Place): Promise<void>;
  /** Asks for another etcd version; does not wait. */
  upgrade(place: Place, etcd: string): Promise<void>;
}
