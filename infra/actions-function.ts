import { existsSync } from 'node:fs';
import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  type Architecture,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ConfigurationError } from '../lambda/config/validation.ts';
import { acknowledge } from './acknowledge-finding.ts';
import { ACTIONS_DIRECTORY } from './build/package-root.ts';
import { codeWith } from './certificates.ts';
import { dependOnPolicies } from './depend-on-policies.ts';
import type { Discovery } from './discovery.ts';
import { grantLogins } from './login-policies.ts';
import type { WatchedDatabase } from './resolve-databases.ts';
import { unknownValues } from './unknown-values.ts';
import { allowVpc, denyInterfacesToCode } from './vpc-access.ts';

/** Runs side by side: each logs in to a server that may be short of slots. */
const CONCURRENCY = 2;

/** The most that the values of the deployment may take: all variables of a function have 4 kB together. */
const MAX_BYTES = 3400;

/** What people may do about an incident. */
export interface ActionsProps {
  /**
   * May sessions be ended by hand, each by the guarded statement? The guard's role then needs `pg_signal_backend`.
   *
   * @default false
   */
  readonly terminate?: boolean | undefined;
}

/** What {@link ActionsFunction} is made from. */
export interface ActionsFunctionProps {
  readonly actions: ActionsProps;
  readonly databases: readonly WatchedDatabase[];
  /** What discovery may have watched besides; undefined without it. */
  readonly discovery: Discovery | undefined;
  readonly table: Table;
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroup: ISecurityGroup;
  readonly ipv6: boolean;
  readonly architecture: Architecture;
  readonly logRetention: RetentionDays;
  readonly timeZone: string;
  /** Of the secrets. */
  readonly keys: readonly IKey[];
  readonly reserveConcurrency: boolean;
}

/**
 * The function that people act through: from a terminal, the dashboard or Slack. It logs in as the guard does and
 * changes what the guard remembers; it publishes nothing, for the guard tells what was done.
 */
export class ActionsFunction extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, props: ActionsFunctionProps) {
    super(scope, id);
    if (!existsSync(ACTIONS_DIRECTORY))
      throw new Error(`the function is not built: run "npm run build" (looked for ${ACTIONS_DIRECTORY})`);
    const { databases, discovery, table, ipv6 } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'rds-connection-guard: act for people',
    });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({
        sid: 'Remember',
        actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        resources: [table.tableArn],
      }),
    );
    if (props.keys.length > 0)
      role.addToPolicy(
        new PolicyStatement({
          sid: 'ReadSecrets',
          actions: ['kms:Decrypt'],
          resources: [...new Set(props.keys.map(({ keyArn }) => keyArn))],
        }),
      );
    allowVpc(role);
    grantLogins(this, role, [...databases, ...(discovery?.profiles ?? [])]);
    const fn = new LambdaFunction(this, 'Function', {
      description: 'Shows what holds the slots, acknowledges, mutes, and where allowed ends sessions by hand',
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture,
      memorySize: 256,
      // Longer than one sample of a database may take.
      timeout: Duration.seconds(60),
      code: codeWith(ACTIONS_DIRECTORY, certificatesOf(databases), {
        'databases.json': JSON.stringify(databases.map(({ entry }) => withoutTokens(entry))),
      }),
      handler: 'index.handler',
      role,
      vpc: props.vpc,
      vpcSubnets: props.subnets,
      ...(ipv6 && { ipv6AllowedForDualStack: true }),
      securityGroups: [props.securityGroup],
      environment: {
        ...(ipv6 && { AWS_USE_DUALSTACK_ENDPOINT: 'true' }),
        GUARD_TABLE_NAME: table.tableName,
        GUARD_TIME_ZONE: props.timeZone,
        GUARD_ACTIONS_TERMINATE: props.actions.terminate === true ? 'on' : 'off',
        GUARD_DATABASE_VALUES: valuesOf(databases),
        ...(discovery && { GUARD_PINNED_PROFILES: discovery.pins }),
      },
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // People ask and wait for the answer; what was asked in vain must not be done later.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      ...(props.reserveConcurrency && { reservedConcurrentExecutions: CONCURRENCY }),
    });
    dependOnPolicies(fn, role);
    denyInterfacesToCode(this, fn, role);
    acknowledge(
      role,
      'AwsSolutions-IAM5[Resource::*]',
      'the network interface actions know no resources, and are denied to the code of the function itself',
    );
    for (const rule of ['Serverless-LambdaDLQ', 'Serverless-LambdaAsyncFailureDestination'])
      acknowledge(fn, rule, 'people wait for its answer: what fails is told to whoever asked');
    acknowledge(fn, 'Serverless-LambdaTracing', 'each request and what came of it is in its log');
    this.function = fn;
  }
}

function certificatesOf(databases: readonly WatchedDatabase[]) {
  return databases.flatMap(({ certificates }) => certificates ?? []);
}

/** An asset is written before the deployment: what only that knows is left out, and stands in the environment. */
function withoutTokens(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      Token.isUnresolved(inner) ? [] : [[key, withoutTokens(inner)]],
    ),
  );
}

/** @throws {ConfigurationError} when they do not fit into the function's environment. */
function valuesOf(databases: readonly WatchedDatabase[]): string {
  const { values, bytes } = unknownValues(databases.map(({ entry }) => entry));
  if (bytes > MAX_BYTES)
    throw new ConfigurationError('ConnectionGuard', [
      {
        path: 'actions',
        found: `databases of which only the deployment knows the hosts and secrets, about ${bytes} bytes of them`,
        allowed: `at most ${MAX_BYTES}: name hosts and secrets as text instead of references`,
      },
    ]);
  return JSON.stringify(values);
}
