import { Module } from '@nestjs/common';
import { ModelCatalogueModule } from '#models';
import { ModelLookup } from './model-lookup.js';

@Module({ imports: [ModelCatalogueModule], providers: [ModelLookup], exports: [ModelLookup] })
export class LookupModule {}
