export { ImageConverter } from './image-converter.js';
export type { ConvertedImage } from './image-converter.js';
