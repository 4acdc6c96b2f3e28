/** Upper bounds of request durations in seconds: from a cached list to half an hour of reasoning. */
export const DURATION = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1800];

/** Time to first token in seconds; slow ones include loading the model. */
export const FIRST_TOKEN = [0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10, 20, 40, 80, 160, 300];

/** Time per output token in seconds. */
export const PER_TOKEN = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10];

/** Time in the queue in seconds, bounded by QUEUE_TIMEOUT. */
export const WAIT = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60];

/** Size of a request or response in bytes. */
export const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];
