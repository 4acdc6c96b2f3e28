export { BoundedRedis } from './bounded-redis.js';
