import type { Request, Response } from 'express';
import helmet from 'helmet';

/**
 * What the pages may load: scripts and everything else from this server only, nothing inline. Styles are the exception,
 * since both viewers set them from their scripts. No `upgrade-insecure-requests`: the proxy itself speaks plain HTTP.
 */
const protect = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'same-origin' },
  // These only mean something over TLS; a browser complains about them elsewhere.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
});

/** An empty icon: without it a browser requests /favicon.ico. */
const NO_ICON = '<link rel="icon" href="data:,">';

const SWAGGER_UI = page(
  '<link rel="stylesheet" href="/docs/swagger-ui.css">',
  '<div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script type="module" src="/docs/init.js"></script>',
);

/**
 * Every operation has its own address (`#/Chat/chat`). The validator is off: it is a service on the internet. Swagger UI does
 * not show `x-codeSamples`, so they are added to the descriptions, and its dark style has to be switched on.
 */
const SWAGGER_UI_START = `const dark = matchMedia('(prefers-color-scheme: dark)');
const setStyle = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', setStyle);
setStyle();

const spec = await (await fetch('/openapi.json')).json();
for (const operation of Object.values(spec.paths).flatMap((item) => Object.values(item))) {
  const samples = operation['x-codeSamples'].map(
    ({ label, lang, source }) => '**' + label + '**\\n\\n~~~' + lang.toLowerCase() + '\\n' + source + '\\n~~~',
  );
  operation.description = [operation.description, ...samples].join('\\n\\n');
}
SwaggerUIBundle({
  spec,
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  filter: true,
  validatorUrl: null,
});
`;

const REDOC = page(
  '',
  '<redoc spec-url="/openapi.json" disable-telemetry="true"></redoc><script type="module" src="/redoc/redoc.standalone.js"></script>',
);

function page(head: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Ollama-OpenAI Proxy: API</title>${NO_ICON}${head}</head><body>${body}</body></html>`;
}

export function sendSwaggerUi(request: Request, response: Response): void {
  sendPage(request, response, SWAGGER_UI);
}

export function sendRedoc(request: Request, response: Response): void {
  sendPage(request, response, REDOC);
}

export function sendSwaggerUiStart(response: Response): void {
  response
    .writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'no-cache' })
    .end(SWAGGER_UI_START);
}

function sendPage(request: Request, response: Response, html: string): void {
  protect(request, response, () => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' }).end(html);
  });
}
