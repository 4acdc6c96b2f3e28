/** What a worker ends with when its configuration is refused (EX_CONFIG of sysexits.h); its primary read the same at its own start. */
export const EXIT_CONFIG_ERROR = 78;
