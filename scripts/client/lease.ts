import { type Gateway, GatewayError } from './gateway.ts';

const LEASE_NOT_FOUND = 5;

interface Granted {
  ID: string;
  TTL: string;
}

/**
 * A lease that is kept alive, and that knows by this machine's monotonic clock how long it surely still
 * lives: every period counts from before the request was sent, so etcd ends the lease later than we think.
 */
export class Lease {
  readonly id: string;
  private readonly gateway: Gateway;
  private readonly period: number;
  private end: number;
  private timer: NodeJS.Timeout | undefined;

  private constructor(gateway: Gateway, granted: Granted, asked: number) {
    this.gateway = gateway;
    this.id = granted.ID;
    this.end = asked + Number(granted.TTL) * 1000;
    this.period = (Number(granted.TTL) * 1000) / 3;
    this.schedule(this.period);
  }

  /** Grants a lease of `ttl` seconds and keeps it alive until `stop` or `revoke`. Throws GatewayError. */
  static async grant(gateway: Gateway, ttl: number): Promise<Lease> {
    const asked = performance.now();
    return new Lease(gateway, await gateway.call<Granted>('/v3/lease/grant', { TTL: String(ttl) }), asked);
  }

  /** Milliseconds for which the lease surely still lives; zero or less when it may be gone. */
  get remaining(): number {
    return this.end - performance.now();
  }

  private schedule(delay: number): void {
    this.timer = setTimeout(async () => {
      const answered = await this.renew();
      // Unanswered, the lease may still live: ask again soon, until its time is over.
      if (this.timer && this.remaining > 0) this.schedule(answered ? this.period : this.period / 4);
    }, delay);
  }

  private async renew(): Promise<boolean> {
    const asked = performance.now();
    try {
      const answer = await this.gateway.call<{ result?: { TTL?: string } }>(
        '/v3/lease/keepalive',
        { ID: this.id },
        { timeout: this.period / 2 },
      );
      const seconds = Number(answer.result?.TTL ?? 0);
      this.end = seconds > 0 ? asked + seconds * 1000 : Math.min(this.end, asked);
      return true;
    } catch (error) {
      if (error instanceof GatewayError) return false;
      throw error;
    }
  }

  /** Stops renewing; the lease ends by itself. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Stops renewing and ends the lease, and with it every key that hangs on it. Throws GatewayError. */
  async revoke(): Promise<void> {
    this.stop();
    this.end = Math.min(this.end, performance.now());
    try {
      await this.gateway.call('/v3/lease/revoke', { ID: this.id });
    } catch (error) {
      // Gone already, by time or by a first attempt whose answer was lost: what was wanted.
      if (!(error instanceof GatewayError && error.code === LEASE_NOT_FOUND)) throw error;
    }
  }
}
