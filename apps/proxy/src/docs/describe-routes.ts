import { ApiExcludeEndpoint, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { DeclaredRoute, RouteTable } from '../routes/route-table.js';
import { withEdgeRefusals } from './shared-responses.js';

/** Handlers that carry the decorators below: several applications of one process share a class. */
const described = new WeakSet<object>();

/**
 * Gives every handler the decorators of `@nestjs/swagger`, from what its `@Route` declares. Done when the document is built,
 * so that a start does not load that package.
 */
export async function describeRoutes(table: RouteTable): Promise<void> {
  await Promise.all(table.routes.map((route) => describeRoute(table, route)));
}

async function describeRoute(table: RouteTable, route: DeclaredRoute): Promise<void> {
  const { method, path, controller, handler, declaration } = route;
  if (!declaration.docs) {
    decorate(controller, handler, ApiExcludeEndpoint());
    return;
  }
  const docs = (await declaration.docs())[handler];
  if (!docs) throw new Error(`${method} ${path}: its docs have no operation "${handler}"`);
  const { parameters = [], audience, ...operation } = withEdgeRefusals(method, table.find(method, path), docs);
  decorate(
    controller,
    handler,
    ApiOperation({ ...operation, description: [audience, operation.description].filter(Boolean).join('\n\n') }),
    ...parameters.map((parameter) => ApiParam(parameter as Parameters<typeof ApiParam>[0])),
  );
}

function decorate(controller: DeclaredRoute['controller'], handler: string, ...decorators: MethodDecorator[]): void {
  const prototype = controller.prototype as object;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, handler) as
    TypedPropertyDescriptor<unknown> | undefined;
  const callback = descriptor?.value as object | undefined;
  if (!descriptor || !callback || described.has(callback)) return;
  described.add(callback);
  for (const apply of decorators) apply(prototype, handler, descriptor);
}
