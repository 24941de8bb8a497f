import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { parseConfig } from '../../infra/config/parse-config.ts';
import type { ConfigInput } from '../../infra/config/settings.ts';
import { ConnectionGuardStack } from '../../infra/stack.ts';

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** A template as it is deployed. */
export interface TemplateJson {
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown; readonly Description?: string }>>;
}

/** What a synthesis gave. */
export interface Synthesis {
  readonly template: TemplateJson;
  /** Of nested stacks, in no order. */
  readonly nested: readonly TemplateJson[];
  /** Of the stack, which CloudFormation gives to every resource. */
  readonly tags: Readonly<Record<string, string>>;
  /** Warnings and errors that CDK would print. */
  readonly messages: readonly string[];
  /** What the CDK CLI would have to look up before it synthesizes again. */
  readonly missing: readonly { readonly props: unknown }[];
  /** Bytes of the biggest template as uploaded. */
  readonly biggest: number;
}

/** An app with the feature flags that `cdk synth` uses, in a directory of its own. */
export function testApp(outdir: string, context: Readonly<Record<string, unknown>> = {}): App {
  const { context: flags } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  return new App({ outdir, context: { ...flags, ...context } });
}

/** Synthesizes the stack of a configuration, leaving no file behind. */
export function synthesize(config: ConfigInput): Synthesis {
  return synthesizeStack(
    (app) =>
      new ConnectionGuardStack(app, 'RdsConnectionGuard', { config: parseConfig(config, 'the example') }),
  );
}

/** Synthesizes one stack, leaving no file behind. */
export function synthesizeStack(
  create: (app: App) => Stack,
  prepare: (app: App) => void = () => {},
): Synthesis {
  const outdir = mkdtempSync(join(tmpdir(), 'guard-synth-'));
  try {
    const app = testApp(outdir);
    const stack = create(app);
    prepare(app);
    const assembly = app.synth();
    const artifact = assembly.getStackArtifact(stack.artifactId);
    const nested = readdirSync(outdir).filter((file) => file.endsWith('.nested.template.json'));
    const texts = [artifact.templateFullPath, ...nested.map((file) => join(outdir, file))].map((file) =>
      readFileSync(file, 'utf8'),
    );
    return {
      template: artifact.template,
      tags: artifact.tags,
      nested: texts.slice(1).map((text): TemplateJson => JSON.parse(text)),
      messages: artifact.messages.map(({ entry }) => JSON.stringify(entry.data)),
      missing: assembly.manifest.missing ?? [],
      biggest: Math.max(...texts.map((text) => Buffer.byteLength(JSON.stringify(JSON.parse(text))))),
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The resources of one type, by logical id. */
export function ofType({ template, nested }: Synthesis, type: string): [string, Record<string, unknown>][] {
  return [template, ...nested].flatMap(({ Resources }) =>
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
      Type === type ? [[id, { ...Properties }] as [string, Record<string, unknown>]] : [],
    ),
  );
}
