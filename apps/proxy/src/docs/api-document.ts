import type { INestApplication } from '@nestjs/common';
import { Injectable } from '@nestjs/common';

interface Texts {
  readonly json: string;
  readonly yaml: string;
  readonly llms: string;
}

/** The OpenAPI document of this application, built and written by the first request for it. */
@Injectable()
export class ApiDocument {
  /** Set once the application is made: `@nestjs/swagger` reads the routes from it. */
  application: INestApplication | undefined;
  private texts: Promise<Texts> | undefined;

  async json(): Promise<string> {
    return (await this.read()).json;
  }

  async yaml(): Promise<string> {
    return (await this.read()).yaml;
  }

  async llms(): Promise<string> {
    return (await this.read()).llms;
  }

  private read(): Promise<Texts> {
    return (this.texts ??= this.build());
  }

  private async build(): Promise<Texts> {
    if (!this.application) throw new Error('the document is read before the application is made');
    const { openApiDocument, toJson, toYaml } = await import('./document.js');
    const { toLlmsText } = await import('./llms-text.js');
    const document = await openApiDocument(this.application);
    return { json: toJson(document), yaml: toYaml(document), llms: toLlmsText(document) };
  }
}
