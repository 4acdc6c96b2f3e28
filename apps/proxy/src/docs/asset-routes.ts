/**
 * The files behind the pages, by path. All are served from here, so that the pages work without the internet and under a
 * policy that allows no other origin. Listed one by one: a wildcard route would answer
 * unknown names in another way than the rest of the server.
 */
export const SWAGGER_UI_FILES = ['/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'];
export const REDOC_FILE = '/redoc/redoc.standalone.js';
