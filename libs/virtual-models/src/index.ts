export { copyVirtualModel, creationSteps, makeVirtualModel, readCreateOrder } from './make.js';
export type { CreateOrder, Making, Origin } from './make.js';
export { addToCall, addToForwarded, hasPlainMessages, isRendered } from './merge.js';
export { renderModelfile, renderParameters } from './modelfile.js';
export { readVirtualModel, writeVirtualModel } from './virtual-model.js';
export type { VirtualModel } from './virtual-model.js';
