import { handlerOf, type RunReply, type RunRequest } from './protocol.ts';

// One warm Lambda environment: loads the function once, then runs it whenever the parent asks. It ends with its parent.

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('give the file of the bundle');
const bundle: unknown = await import(file);
const handler = handlerOf(bundle);
if (!handler) throw new Error(`${file} exports no function 'handler'`);

process.on('disconnect', () => process.exit());
process.on('message', ({ id, event, remaining }: RunRequest) => {
  const deadline = performance.now() + remaining;
  // What of Lambda's context object the function may use.
  const context = {
    awsRequestId: id,
    functionName: 'connection-guard',
    functionVersion: '$LATEST',
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
  };
  const answer = (reply: RunReply) => process.send?.(reply);
  Promise.resolve(handler(event, context)).then(
    () => answer({ id, error: null }),
    (error: unknown) => answer({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.send?.('ready');
