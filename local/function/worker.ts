import type { RunReply, RunRequest } from './protocol.ts';

// One warm Lambda environment: loads the function once, then runs it whenever the parent asks. It ends with its parent.
// Types here are erasable, so that Node 24 runs this file as it is.

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('give the file of the bundle');
const bundle: unknown = await import(file);
const handler =
  typeof bundle === 'object' && bundle !== null && 'handler' in bundle ? bundle.handler : undefined;
if (typeof handler !== 'function') throw new Error(`${file} exports no function 'handler'`);

process.on('disconnect', () => process.exit());
process.on('message', ({ id, event, remaining, variables }: RunRequest) => {
  Object.assign(process.env, variables);
  const deadline = performance.now() + remaining;
  // What of Lambda's context object the function may use.
  const context = {
    awsRequestId: id,
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
  };
  const reply = (message: RunReply) => process.send?.(message);
  Promise.resolve(handler(event, context)).then(
    (answer: unknown) => reply({ id, answer }),
    (error: unknown) => {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      reply({ id, error: { name, message } });
    },
  );
});
process.send?.('ready');
