import { existsSync } from 'node:fs';
import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge-finding.ts';
import { BUNDLE_DIRECTORY } from './build/package-root.ts';
import { type Certificates, codeWith } from './certificates.ts';
import { addressOf, type ConsoleLink, consoleLink } from './console-link.ts';
import { dependOnPolicies } from './depend-on-policies.ts';
import type { ConnectionGuardProps } from './props.ts';
import { allowVpc, denyInterfacesToCode } from './vpc-access.ts';

/** The function ends by itself under this, in seconds: a run lasts until shortly before the next, and longer only in trouble. */
export const TIMEOUT = 65;

/** What {@link GuardFunction} is made from. */
export interface GuardFunctionProps
  extends Pick<
    ConnectionGuardProps,
    'role' | 'logGroup' | 'memorySize' | 'architecture' | 'logLevel' | 'tracing' | 'ipv6'
  > {
  readonly vpc: IVpc;
  readonly subnets: SubnetSelection;
  readonly securityGroup: ISecurityGroup;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  /** Files to be shipped with the code. */
  readonly certificates: readonly Certificates[];
  /** Of the metrics; no other may be written to. */
  readonly namespace: string;
  /** Runs side by side; undefined reserves none. */
  readonly reservedConcurrency: number | undefined;
  readonly deadLetters: IQueue;
  readonly table: Table;
  readonly environment: Readonly<Record<string, string>>;
}

/** The function, its log group, and its role with what it needs to run; the rest is granted by what grants it. */
export class GuardFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: IRole;
  readonly logGroup: ILogGroup;

  constructor(scope: Construct, id: string, props: GuardFunctionProps) {
    super(scope, id);
    if (!existsSync(BUNDLE_DIRECTORY))
      throw new Error(`the function is not built: run "npm run build" (looked for ${BUNDLE_DIRECTORY})`);
    this.logGroup =
      props.logGroup ??
      new LogGroup(this, 'Logs', { retention: props.logRetention, removalPolicy: props.removalPolicy });
    this.role = props.role ? this.asOurs(props.role) : this.createRole();
    this.logGroup.grantWrite(this.role);
    this.role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'PublishMetrics',
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': props.namespace } },
      }),
    );
    this.role.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'Remember',
        actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        resources: [props.table.tableArn],
      }),
    );
    allowVpc(this.role);
    const logQuery = logQueryLink(this, this.logGroup);
    this.function = new LambdaFunction(this, 'Function', {
      description:
        'Checks who holds the connection slots of PostgreSQL, warns, and on request ends stale sessions',
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture ?? Architecture.ARM_64,
      memorySize: props.memorySize ?? 256,
      tracing: props.tracing ?? Tracing.DISABLED,
      timeout: Duration.seconds(TIMEOUT),
      code: codeWith(BUNDLE_DIRECTORY, props.certificates),
      handler: 'index.handler',
      role: this.role,
      vpc: props.vpc,
      vpcSubnets: props.subnets,
      ...(props.ipv6 && { ipv6AllowedForDualStack: true }),
      securityGroups: [props.securityGroup],
      environment: {
        ...props.environment,
        // The SDK's endpoints for IPv6 have names of their own.
        ...(props.ipv6 && { AWS_USE_DUALSTACK_ENDPOINT: 'true' }),
        GUARD_TABLE_NAME: props.table.tableName,
        ...(logQuery && { GUARD_LOG_QUERY_URL: addressOf(logQuery) }),
      },
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: props.logLevel ?? ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      // A late sample is worth nothing: the next minute brings another.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      deadLetterQueue: props.deadLetters,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
    });
    dependOnPolicies(this.function, this.role);
    acknowledge(
      this.function,
      'Serverless-LambdaTracing',
      'one function that calls nothing downstream: its structured log has the time of every step, and X-Ray would need another endpoint in the VPC',
    );
    acknowledge(
      this.function,
      'Serverless-LambdaAsyncFailureDestination',
      'failed events go to the dead-letter queue, which an alarm watches; a destination beside it would put each there twice',
    );
    denyInterfacesToCode(this, this.function, this.role);
  }

  /** Of another stack it is imported: its policy then belongs to our stack, whose parts it names. */
  private asOurs(role: IRole): IRole {
    if (Stack.of(role) === Stack.of(this)) return role;
    // CDK takes the name from the ARN as it stands at deployment, where a path before it hides it.
    return Object.assign(Role.fromRoleArn(this, 'Role', role.roleArn), { roleName: role.roleName });
  }

  private createRole(): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'rds-connection-guard: check, publish, remember',
    });
    acknowledge(
      role,
      'AwsSolutions-IAM5[Resource::*]',
      'PutMetricData and the network interface actions know no resources; the first is limited to one namespace, the others are denied to the code of the function itself',
    );
    return role;
  }
}

/** The console's page of the log; RANGE and QUERY are the function's to fill in. A generated log group name needs no escaping. */
function logQueryLink(scope: Construct, logGroup: ILogGroup): ConsoleLink | undefined {
  const before = "~(RANGE~editorString~'QUERY~source~(~'";
  const page = `${dollars('?queryDetail=')}${dollars(percents(before))}${logGroup.logGroupName}${dollars(percents('))'))}`;
  return consoleLink(scope, 'cloudwatch/home', `logsV2:logs-insights${page}`);
}

/** Percent-encodes what the console encodes: all but letters, digits and `*-.`. */
function percents(text: string): string {
  return text.replace(/[^A-Za-z0-9*.-]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The console's second layer: percent-encoded once more, with a dollar for the percent sign. */
function dollars(text: string): string {
  return percents(text).replaceAll('%', '$');
}
