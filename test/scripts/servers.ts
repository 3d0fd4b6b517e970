import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on loopback that notes what it was asked for. */
export interface TestServer {
  port: number;
  /** `GET /path` of each request, and `CONNECT host:port` of each tunnel. */
  asked: string[];
  close(): Promise<void>;
}

/** Starts an HTTP server for the running test. Paths that `pages` does not have are 404. */
export function pageServer(pages: Readonly<Record<string, RequestListener>>): Promise<TestServer> {
  return listen((asked, server) => {
    server.on('request', (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const page = pages[request.url ?? ''];
      if (page) page(request, response);
      else response.writeHead(404).end();
    });
  });
}

/** Starts an HTTP proxy for the running test; every host leads to `target` on loopback, or to a refusal. */
export function proxyServer(target?: number): Promise<TestServer> {
  return listen((asked, server) => {
    server.on('connect', (request, client: Socket) => {
      asked.push(`CONNECT ${request.url}`);
      if (target === undefined) {
        client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      const upstream = connect(target, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    });
  });
}

async function listen(setUp: (asked: string[], server: Server) => void): Promise<TestServer> {
  const asked: string[] = [];
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on('connection', socket => sockets.add(socket.on('close', () => sockets.delete(socket))));
  setUp(asked, server);
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise(closed => server.close(closed));
  };
  onTestFinished(close);
  return { port, asked, close };
}

/** A page with this content. */
export function page(content: string | Buffer): RequestListener {
  return (_request, response) => response.end(content);
}

/** A page that promises all of `content` and breaks off in the middle. */
export function cutOff(content: Buffer): RequestListener {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, content.length / 2), () => response.destroy());
  };
}

/** A page that leads to `location`. */
export function redirect(location: string): RequestListener {
  return (_request, response) => response.writeHead(302, { location }).end();
}
