import type { INestApplication } from '@nestjs/common';
import { Injectable } from '@nestjs/common';

/** The OpenAPI document of this application, built and written by the first request for it. */
@Injectable()
export class ApiDocument {
  /** Set once the application is made: `@nestjs/swagger` reads the routes from it. */
  application: INestApplication | undefined;
  private texts: Promise<{ readonly json: string; readonly yaml: string }> | undefined;

  async json(): Promise<string> {
    return (await this.read()).json;
  }

  async yaml(): Promise<string> {
    return (await this.read()).yaml;
  }

  private read(): Promise<{ readonly json: string; readonly yaml: string }> {
    return (this.texts ??= this.build());
  }

  private async build(): Promise<{ readonly json: string; readonly yaml: string }> {
    if (!this.application) throw new Error('the document is read before the application is made');
    const { openApiDocument, toJson, toYaml } = await import('./document.js');
    const document = await openApiDocument(this.application);
    return { json: toJson(document), yaml: toYaml(document) };
  }
}
