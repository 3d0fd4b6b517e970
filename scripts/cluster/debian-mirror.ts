import { execa } from 'execa';
import { parse } from 'yaml';

/** The Debian archive that this machine installs from. */
export interface DebianMirror {
  url: string;
  /** The release of this machine, such as `bookworm`. */
  codename: string;
  /** Proxy variables as apt is configured, for programs that read those instead. */
  env: Readonly<Record<string, string>>;
}

/** Returns the mirror in this machine's apt sources. Throws when this is no Debian or it names no main archive. */
export async function debianMirror(): Promise<DebianMirror> {
  const format =
    '{site: "$(SITE)", release: "$(RELEASE)", codename: "$(CODENAME)", origin: "$(ORIGIN)", component: "$(COMPONENT)"}';
  const { stdout } = await execa('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  for (const line of stdout.split('\n').filter(line => line !== '')) {
    const target = parse(line) as Record<'site' | 'release' | 'codename' | 'origin' | 'component', string>;
    const main = target.origin === 'Debian' && target.component === 'main';
    // The updates and security archives repeat the code name, but not as their release.
    if (main && target.release === target.codename) {
      return { url: target.site, codename: target.codename, env: await aptProxy() };
    }
  }
  throw new Error(
    `the apt sources of this machine name no Debian archive (apt-get indextargets: ${stdout || 'nothing'}). Run apt-get update, or build on Debian.`,
  );
}

async function aptProxy(): Promise<Record<string, string>> {
  const { stdout } = await execa('apt-config', ['shell', 'PROXY', 'Acquire::http::Proxy']);
  const [, proxy] = /^PROXY='(.*)'$/m.exec(stdout) ?? [];
  return proxy === undefined || proxy === '' || proxy === 'DIRECT' ? {} : { http_proxy: proxy };
}
