/** sharp, and what it needs on Linux. */
const SHIPPED_OPTIONAL = /^node_modules\/(sharp|detect-libc|semver|@img\/(colour|sharp(-libvips)?-linux-(x64|arm64)))$/;

/** Whether an optional package, by its path in the lock file, stays in the image; others are for development or other platforms. */
export function isShippedOptional(path) {
  return SHIPPED_OPTIONAL.test(path);
}
