import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../infra/build/package-root.ts';

// A headless Chromium from npm, in a folder of its own so that `npm ci` stays small.

const HOME = join(PACKAGE_ROOT, 'local', 'browser');

/** What the test uses of a page. Expressions run in the page. */
export interface Page {
  setContent(html: string): Promise<void>;
  evaluate(expression: string): Promise<unknown>;
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
}

/** What the test uses of a browser. */
export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Puppeteer {
  launch(options: object): Promise<Browser>;
}

interface Chromium {
  readonly args: readonly string[];
  executablePath(): Promise<string>;
}

/** Starts the browser; the packages are installed when they are not there yet. Closed, it leaves no file behind. */
export async function startBrowser(): Promise<Browser> {
  // The package asks for Node.js 22, and unpacks its browser under 20 too; npm run would hand on our engine-strict.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--engine-strict=false'];
  if (!existsSync(join(HOME, 'node_modules', '.package-lock.json')))
    execFileSync('npm', ['ci', '--prefix', HOME, ...options], { stdio: 'inherit' });
  const { resolve } = createRequire(join(HOME, 'package.json'));
  const { default: puppeteer }: { default: Puppeteer } = await import(resolve('puppeteer-core'));
  const { default: chromium }: { default: Chromium } = await import(resolve('@sparticuz/chromium'));
  // It unpacks itself into the folder for temporary files, and would stay there.
  const unpacked = mkdtempSync(join(tmpdir(), 'rcg-browser-'));
  process.env['TMPDIR'] = unpacked;
  const browser = await puppeteer.launch({
    args: [...chromium.args, '--no-sandbox'],
    executablePath: await chromium.executablePath(),
    headless: 'shell',
  });
  return {
    newPage: () => browser.newPage(),
    close: async () => {
      await browser.close();
      rmSync(unpacked, { recursive: true, force: true });
    },
  };
}
