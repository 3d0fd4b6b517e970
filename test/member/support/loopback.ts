import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

function listen(host: string, port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise(resolve => {
    server.once('error', () => resolve(undefined));
    server.listen({ host, port }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()));
}

async function isFree(host: string): Promise<boolean> {
  for (const port of [2379, 2380, 2381]) {
    const server = await listen(host, port);
    if (server === undefined) return false;
    await close(server);
  }
  return true;
}

/** A /24 of the loopback network that belongs to one test until it is released. */
export interface Loopback {
  /** Such as `127.77.3.`: an ordinal makes an address of it. */
  prefix: string;
  release(): Promise<void>;
}

/**
 * Reserves a free /24 of 127.0.0.0/8. A listening socket on its last address is the reservation, so that
 * it ends with the process whatever happens. Throws after 50 tries.
 */
export async function reserveLoopback(): Promise<Loopback> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const prefix = `127.${randomInt(16, 240)}.${randomInt(0, 256)}.`;
    const reservation = await listen(`${prefix}254`, 2378);
    if (reservation === undefined) continue;
    reservation.unref();
    const free = await Promise.all([0, 1, 2].map(ordinal => isFree(`${prefix}${ordinal}`)));
    if (free.every(Boolean)) return { prefix, release: () => close(reservation) };
    await close(reservation);
  }
  throw new Error(
    'no loopback network with free ports 2379 to 2381 in 50 tries: see what listens on 127.0.0.0/8',
  );
}
