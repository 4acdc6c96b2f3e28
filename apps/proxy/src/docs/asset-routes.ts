/**
 * The files behind the pages, by path. All are served from here, so that the pages work without the internet and under a
 * policy that allows no other origin. Named one by one: a route for whatever name would answer an unknown one otherwise
 * than the rest of the server does.
 */
export const SWAGGER_UI_FILES = ['/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'];
export const REDOC_FILE = '/redoc/redoc.standalone.js';
