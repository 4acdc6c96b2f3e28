import { Controller, Delete, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { BadRequestError, ProxyException } from '#errors';
import { Route } from '../routes/route.decorator.js';

const docs = () => import('./account.docs.js');

/** Ollama's account and cloud routes, answered as by a server whose cloud is switched off (protocol W27). */
@Controller('api')
export class AccountController {
  @Get('status')
  @Route({ docs })
  status(): object {
    return { cloud: { disabled: true, source: 'env' } };
  }

  /** Not 401: that would send the command line client into a sign-in. */
  @Post('me')
  @Route({ docs })
  me(): never {
    throw new ProxyException('account unavailable', 503);
  }

  @Post('signout')
  @Route({ docs })
  signOut(): never {
    throw new ProxyException('you are not currently signed in', 401);
  }

  @Delete('user/keys/:key')
  @Route({ docs })
  deleteKey(): never {
    throw new ProxyException('you are not currently signed in', 401);
  }

  @Get('usage')
  @Route({ docs })
  usage(): never {
    throw new ProxyException('ollama cloud is disabled: usage is unavailable', 403);
  }

  @Get('balance')
  @Route({ docs })
  balance(): never {
    throw new ProxyException('ollama cloud is disabled: balance is unavailable', 403);
  }

  @Get('experimental/model-recommendations')
  @Route({ docs })
  recommendations(): object {
    return { recommendations: [] };
  }

  @Post('experimental/web_search')
  @HttpCode(200)
  @Route({ docs })
  search(@Req() request: Request): never {
    throw cloudIsOff(request, 'web search');
  }

  @Post('experimental/web_fetch')
  @HttpCode(200)
  @Route({ docs })
  fetch(@Req() request: Request): never {
    throw cloudIsOff(request, 'web fetch');
  }
}

function cloudIsOff({ bodyText }: Request, what: string): ProxyException {
  if (!bodyText) return new BadRequestError('missing request body');
  return new ProxyException(`ollama cloud is disabled: ${what} is unavailable`, 403);
}
