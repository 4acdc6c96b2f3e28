/** Exit code of a worker with an invalid configuration (EX_CONFIG of sysexits.h), such as a mapping file that has changed since the start of the primary. */
export const EXIT_CONFIG_ERROR = 78;
