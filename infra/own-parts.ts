import type { RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ApplicationLogLevel, Architecture, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';

/** Parts of a {@link ConnectionGuard} that a team may give in place of created ones, and how its function runs. */
export interface OwnPartsProps {
  /**
   * Encrypts the created topics. Its policy has to let `cloudwatch.amazonaws.com` use `kms:Decrypt` and
   * `kms:GenerateDataKey*`, or alarms fail silently. `false` creates no key, and the topics are not encrypted.
   *
   * @default - a created key, with that policy
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
   */
  readonly encryptionKey?: IKey | false;
  /**
   * The function's role. What it needs is added to it where it can be changed; an imported role that cannot has to
   * have it already.
   *
   * @default - a created role
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   */
  readonly role?: IRole;
  /**
   * Security group of the function. The databases' groups are opened to it.
   *
   * @default - a created group: nothing in, and out only to the databases' ports and to HTTPS
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly securityGroup?: ISecurityGroup;
  /**
   * The function's log group.
   *
   * @default - a created group
   * @see docs/runbook.md#the-log
   */
  readonly logGroup?: ILogGroup;
  /**
   * What becomes of the created log group and table when they leave the stack.
   *
   * @default RemovalPolicy.DESTROY
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Memory of the function in MB, which is its share of a CPU too. With 128 a first run over 25 databases takes 5 s.
   *
   * @default 256
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-common.html#configuration-memory-console
   */
  readonly memorySize?: number;
  /**
   * Architecture of the function.
   *
   * @default Architecture.ARM_64
   * @see https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
   */
  readonly architecture?: Architecture;
  /**
   * The least severe lines of the function that are logged. Above INFO, messages link to a log without checks.
   *
   * @default ApplicationLogLevel.INFO
   * @see docs/runbook.md#the-log
   */
  readonly logLevel?: ApplicationLogLevel;
  /**
   * X-Ray tracing of the function.
   *
   * @default Tracing.DISABLED
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   */
  readonly tracing?: Tracing;
  /**
   * Run in dual-stack subnets and reach databases and AWS by IPv6 as well; no NAT gateway is needed then, but an
   * egress-only internet gateway.
   *
   * @default false
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-ipv6
   */
  readonly ipv6?: boolean;
}
