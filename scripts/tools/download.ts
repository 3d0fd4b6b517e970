import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { type Dispatcher, EnvHttpProxyAgent, fetch } from 'undici';
import { cacheEntry } from '../cache.ts';
import type { Report } from '../progress.ts';
import type { Release } from './catalogue.ts';

export interface DownloadOptions {
  /** Directory for finished downloads. */
  cache: string;
  /** Where the proxy variables are read: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in either case. */
  env: NodeJS.ProcessEnv;
  report?: Report | undefined;
}

/** A download that is not what its project says it published. Nothing else is tried after it. */
export class ChecksumError extends Error {
  override name = 'ChecksumError';
}

/**
 * Returns the absolute path of the program in `release`, downloaded and verified against the
 * checksum file of its project. Throws ChecksumError when the sums differ, and another error,
 * naming the address, when something cannot be fetched.
 */
export async function downloadRelease(release: Release, options: DownloadOptions): Promise<string> {
  await using client = new Client(options.env);
  const sum = await publishedSum(release, client);
  const directory = join(options.cache, `${release.name}-${sum.slice(0, 16)}`);
  const file = basename(new URL(release.url).pathname);

  await cacheEntry(
    directory,
    async partial => {
      options.report?.(`downloading ${release.url}`);
      await mkdir(partial);
      const path = join(partial, file);
      const actual = await client.save(release.url, path);
      if (actual !== sum) {
        throw new ChecksumError(
          `${release.url} has the SHA-256 sum ${actual}, but ${release.checksums} says ${sum}. ` +
            'It was damaged or replaced on the way and is not used. Try again; if it stays so, ask what stands between this machine and that address.',
        );
      }
      if (release.member === undefined) await chmod(path, 0o755);
      else await unpack(path, partial);
    },
    options.report,
  );
  return join(directory, release.member ?? file);
}

async function publishedSum(release: Release, client: Client): Promise<string> {
  const list = await client.text(release.checksums);
  const file = basename(new URL(release.url).pathname);
  for (const line of list.split('\n')) {
    // "<sum>  name" or "<sum> *name" as sha256sum writes it, or the sum alone.
    const [, sum, name = file] = /^([0-9a-f]{64})(?:\s+\*?(\S+))?\s*$/i.exec(line) ?? [];
    if (sum !== undefined && basename(name) === file) return sum.toLowerCase();
  }
  throw new Error(`${release.checksums} lists no SHA-256 sum of ${file}`);
}

async function unpack(archive: string, directory: string): Promise<void> {
  await execa('tar', ['-xf', archive, '-C', directory], { stdin: 'ignore' });
  await rm(archive);
}

// A machine without a way out says so at once or never; nobody should wait for "never" twice.
const answerWithin = 8_000;
const silentFor = 20_000;
const unreachable = new Map<string, string>();

class Client implements AsyncDisposable {
  readonly #agent: Dispatcher;

  constructor(env: NodeJS.ProcessEnv) {
    const proxies = {
      httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
      httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
      noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    };
    try {
      this.#agent = new EnvHttpProxyAgent({ ...proxies, bodyTimeout: silentFor });
    } catch (error) {
      throw new Error(
        // Not the value itself: it may hold a password.
        'HTTP_PROXY or HTTPS_PROXY is no address such as http://proxy:3128',
        { cause: error },
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async text(url: string): Promise<string> {
    return whole(url, text(await this.#get(url)));
  }

  /** Writes what `url` holds to `path` and returns its SHA-256 sum. */
  async save(url: string, path: string): Promise<string> {
    const hash = createHash('sha256');
    const body = await this.#get(url);
    await whole(
      url,
      pipeline(
        body,
        async function* (source) {
          for await (const chunk of source) {
            hash.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(path, { flags: 'wx' }),
      ),
    );
    return hash.digest('hex');
  }

  async #get(url: string): Promise<Readable> {
    const { host } = new URL(url);
    const known = unreachable.get(host);
    if (known !== undefined) throw new Error(`${url}: ${known}`);

    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new Error(`no answer within ${answerWithin / 1000} s`)),
      answerWithin,
    );
    const response = await fetch(url, { dispatcher: this.#agent, signal: deadline.signal })
      .catch((error: unknown) => {
        unreachable.set(host, reason(error));
        throw new Error(`${url}: ${reason(error)}`, { cause: error });
      })
      .finally(() => clearTimeout(timer));
    if (!response.ok || response.body === null) throw new Error(`${url}: HTTP status ${response.status}`);
    return Readable.fromWeb(response.body);
  }
}

async function whole<T>(url: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new Error(`${url}: ended before it was complete (${reason(error)})`, { cause: error });
  }
}

// fetch says only "fetch failed"; what happened is the innermost cause.
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reason).join(', ');
  return error.cause instanceof Error ? reason(error.cause) : error.message;
}
