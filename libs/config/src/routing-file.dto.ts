// class-transformer's decorators read the types that the compiler wrote down.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Min,
  ValidateNested,
} from 'class-validator';
import { DIALECT_NAMES } from './routing.js';

const CAPABILITIES = ['completion', 'tools', 'insert', 'vision', 'embedding', 'thinking', 'audio'];

export class TlsDto {
  @IsOptional() @IsString() ca_file?: string;
  @IsOptional() @IsString() cert_file?: string;
  @IsOptional() @IsString() key_file?: string;
  @IsOptional() @IsBoolean() verify?: boolean;
}

/** `limits` of an upstream; what is absent is as the variables say. */
export class LimitsDto {
  @IsOptional() @IsInt() @Min(0) concurrency?: number;
  @IsOptional() @IsInt() @Min(0) queue?: number;
  /** Seconds. */
  @IsOptional() @IsNumber() @Min(0.001) queue_timeout?: number;
}

/** One entry of `upstreams`, in the file or in the variable UPSTREAMS. */
export class UpstreamDto {
  @IsString() @IsNotEmpty() @Matches(/^[\w.-]+$/) name!: string;
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false, allow_underscores: true })
  base_url!: string;
  @IsOptional() @IsString() api_key?: string;
  @IsOptional() @IsIn(['authorization', 'api-key', 'x-api-key']) api_key_header?: string;
  @IsOptional() @IsIn(['proxy', 'client']) auth?: 'proxy' | 'client';
  @IsOptional() @IsObject() headers?: Record<string, string>;
  @IsOptional() @IsIn(DIALECT_NAMES) dialect?: string;
  @IsOptional() @IsNumber() @Min(0) weight?: number;
  @IsOptional() @IsInt() priority?: number;
  @IsOptional() @IsArray() @IsString({ each: true }) models?: string[];
  @IsOptional() @ValidateNested() @Type(() => TlsDto) tls?: TlsDto;
  @IsOptional() @ValidateNested() @Type(() => LimitsDto) limits?: LimitsDto;
}

/** One entry of `models`. */
export class ModelDto {
  @IsString() @Matches(/^[^*]*\*?[^*]*$/, { message: '$property may hold one * at most' }) @IsNotEmpty() name!: string;
  @IsOptional() @IsString() @IsNotEmpty() model?: string;
  @IsOptional() @IsString() upstream?: string;
  @IsOptional() @IsArray() @ArrayNotEmpty() @IsString({ each: true }) upstreams?: string[];
  @IsOptional() @IsObject() defaults?: Record<string, unknown>;
  @IsOptional() @IsObject() clamps?: Record<string, { min?: number; max?: number }>;
  @IsOptional() @IsString() system?: string;
  @IsOptional() @IsArray() @IsString({ each: true }) drop?: string[];
  @IsOptional() @IsObject() extra_body?: Record<string, unknown>;
  @IsOptional() @IsArray() @IsIn(CAPABILITIES, { each: true }) capabilities?: string[];
  @IsOptional() @IsInt() @Min(1) context_length?: number;
}

/** The full form of MODEL_MAPPING_FILE. */
export class RoutingFileDto {
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => UpstreamDto) upstreams?: UpstreamDto[];
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ModelDto) models?: ModelDto[];
  @IsOptional() @IsObject() model_mappings?: Record<string, string>;
  @IsOptional() @IsString() @IsNotEmpty() default_model?: string;
}
