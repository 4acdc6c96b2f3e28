/** Sends the port to the parent (or the terminal) and ends with the parent. */
export function announce(server) {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
  process.once('disconnect', () => process.exit(0));
}
