import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { listOf, optional, readBody, required, shape } from '#contracts';
import { swaggerModelOf } from './swagger-model.js';

const NO_APPLICATION = {
  container: { getModules: () => new Map() },
  config: { getGlobalPrefix: () => '' },
  getHttpAdapter: () => ({ getType: () => 'express' }),
} as unknown as INestApplication;

describe('the schema of a shape', () => {
  it('has a field as soon as the shape has it', () => {
    const Seat = shape('Seat', 'A seat.', { number: required.integer('Its number.', { minimum: 1 }) });
    const Table = shape('Table', 'A table.', {
      name: required.text('Its name.'),
      seats: optional.of(listOf(Seat), 'Its seats.', { absent: [] }),
      first: optional.of(Seat, 'The seat at its head.'),
    });

    const { components } = SwaggerModule.createDocument(NO_APPLICATION, new DocumentBuilder().build(), {
      extraModels: [swaggerModelOf(Table)],
    });

    expect(readBody(Table, { name: 'round', seats: [{ Number: 1 }] })).toEqual({
      name: 'round',
      seats: [{ number: 1 }],
    });
    expect(components?.schemas).toEqual({
      Seat: {
        type: 'object',
        description: 'A seat.',
        properties: { number: { type: 'integer', description: 'Its number.', minimum: 1 } },
        required: ['number'],
      },
      Table: {
        type: 'object',
        description: 'A table.',
        properties: {
          name: { type: 'string', description: 'Its name.' },
          seats: { type: 'array', items: { $ref: '#/components/schemas/Seat' }, description: 'Its seats.' },
          first: { description: 'The seat at its head.', allOf: [{ $ref: '#/components/schemas/Seat' }] },
        },
        required: ['name'],
      },
    });
  });
});
