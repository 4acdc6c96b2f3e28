// class-transformer's decorators read the types that the compiler emitted.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  ValidateNested,
} from 'class-validator';
import type { ApiName, TokenPrice } from './model-mapping.js';
import { DIALECT_NAMES } from './model-mapping.js';
import { IsNumberIn, IsWholeNumber } from './number-rules.js';
import {
  IsApiList,
  IsBaseUrl,
  IsHeaderRecord,
  IsKey,
  IsPriceRecord,
  IsRangeRecord,
  IsTextRecord,
  IsThinking,
} from './upstream-rules.js';

const CAPABILITIES = ['completion', 'tools', 'insert', 'vision', 'embedding', 'thinking', 'audio', 'decision'];

export class TlsDto {
  @IsOptional() @IsString() ca_file?: string;
  @IsOptional() @IsString() cert_file?: string;
  @IsOptional() @IsString() key_file?: string;
  @IsOptional() @IsBoolean() verify?: boolean;
}

/** `limits` of an upstream; the variables give what is absent. */
export class LimitsDto {
  @IsOptional() @IsWholeNumber(0) concurrency?: number;
  @IsOptional() @IsWholeNumber(0) queue?: number;
  /** Seconds. */
  @IsOptional() @IsNumberIn(0.001) queue_timeout?: number;
}

/** One entry of `upstreams`, in the file or in the variable UPSTREAMS. */
export class UpstreamDto {
  @Matches(/^[\w.-]+$/, { message: '$property must consist of letters, digits, and any of _ . -' }) name!: string;
  @IsBaseUrl() base_url!: string;
  @IsOptional() @IsKey() api_key?: string;
  @IsOptional() @IsIn(['authorization', 'api-key', 'x-api-key']) api_key_header?: string;
  @IsOptional() @IsIn(['proxy', 'client']) auth?: 'proxy' | 'client';
  @IsOptional() @IsHeaderRecord() headers?: Record<string, string>;
  @IsOptional() @IsIn(DIALECT_NAMES) dialect?: string;
  @IsOptional() @IsNumberIn(0) weight?: number;
  @IsOptional() @IsWholeNumber(Number.MIN_SAFE_INTEGER) priority?: number;
  @IsOptional() @IsArray() @IsString({ each: true }) models?: string[];
  @IsOptional() @IsApiList() apis?: ApiName[];
  @IsOptional() @IsPriceRecord() prices?: Record<string, Partial<TokenPrice>>;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => TlsDto) tls?: TlsDto;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => LimitsDto) limits?: LimitsDto;
}

/** One entry of `models`. */
export class ModelDto {
  @IsNotEmpty() @Matches(/^[^*]*\*?[^*]*$/, { message: '$property must contain at most one *' }) name!: string;
  @IsOptional() @IsString() @IsNotEmpty() model?: string;
  @IsOptional() @IsString() upstream?: string;
  @IsOptional() @IsArray() @ArrayNotEmpty() @IsString({ each: true }) upstreams?: string[];
  @IsOptional() @IsObject() defaults?: Record<string, unknown>;
  @IsOptional() @IsRangeRecord() clamps?: Record<string, { min?: number; max?: number }>;
  @IsOptional() @IsString() system?: string;
  @IsOptional() @IsArray() @IsString({ each: true }) drop?: string[];
  @IsOptional() @IsObject() extra_body?: Record<string, unknown>;
  @IsOptional() @IsArray() @IsIn(CAPABILITIES, { each: true }) capabilities?: string[];
  @IsOptional() @IsWholeNumber(1) context_length?: number;
  @IsOptional() @IsThinking() thinking?: { values: (string | boolean)[]; default?: string | boolean };
  @IsOptional() @IsApiList() apis?: ApiName[];
}

/** The full form of MODEL_MAPPING_FILE. */
export class MappingFileDto {
  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => UpstreamDto)
  upstreams?: UpstreamDto[];
  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ModelDto)
  models?: ModelDto[];
  @IsOptional() @IsTextRecord() model_mappings?: Record<string, string>;
  @IsOptional() @IsString() @IsNotEmpty() default_model?: string;
}

/** UPSTREAMS, UPSTREAM_HEADERS and MODEL_PRICES, after their JSON has been parsed. */
export class UpstreamVariablesDto {
  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => UpstreamDto)
  UPSTREAMS?: UpstreamDto[];
  @IsOptional() @IsHeaderRecord() UPSTREAM_HEADERS?: Record<string, string>;
  @IsOptional() @IsPriceRecord() MODEL_PRICES?: Record<string, Partial<TokenPrice>>;
}
