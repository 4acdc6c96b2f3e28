import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Request } from 'express';
import { canonicalAddress, isAllowedHost } from '#access';
import type { ModelStoreSettings, Settings } from '#config';
import { ProxyException } from '#errors';

/** Headers that a reverse proxy adds. */
const FORWARDING_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

interface Refusals {
  readonly ofKey: () => ProxyException;
  readonly ofClient: () => ProxyException;
}

/** Who may manage this server. With API keys, those with `manage`; without, programs on this machine, or all with MODEL_STORE_OPEN. */
@Injectable()
abstract class ManagerGuard implements CanActivate {
  protected readonly store: ModelStoreSettings;
  protected abstract readonly refusals: Refusals;

  constructor(config: ConfigService<Settings, true>) {
    this.store = config.get('modelStore', { infer: true });
  }

  /** @throws ProxyException with status 403 */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.apiKey) {
      if (!request.apiKey.mayManage) throw this.refusals.ofKey();
      return true;
    }
    if (!this.store.isOpen && !this.isLocal(request)) throw this.refusals.ofClient();
    return true;
  }

  /** A reverse proxy on this machine connects from it as well, and so does a browser whose page has rebound its name. */
  private isLocal({ ip = '', ips, headers, socket }: Request): boolean {
    const isForwarded = FORWARDING_HEADERS.some((name) => headers[name] !== undefined);
    // `ips` is empty if the peer is not one of TRUSTED_PROXIES: then `ip` is the peer's and not the client's.
    if (isForwarded && ips.length === 0) return false;
    return [socket.remoteAddress ?? '', ip].map(canonicalAddress).every(isLoopback) && isAllowedHost(headers.host);
  }
}

/** Who may change virtual models. Where models cannot be changed at all there is nothing to protect. */
@Injectable()
export class ManageGuard extends ManagerGuard {
  protected readonly refusals = {
    ofKey: () => new ProxyException('this API key may not change models: it needs "manage": true', 403),
    ofClient: () =>
      new ProxyException(
        'only programs on the machine of this server may change its models; MODEL_STORE_OPEN=true allows all, PROXY_API_KEYS those with a key',
        403,
      ),
  };

  override canActivate(context: ExecutionContext): boolean {
    return this.store.kind === 'off' || super.canActivate(context);
  }
}

/** Who may see and remove adaptations: they contain texts of upstreams about the requests of all callers. */
@Injectable()
export class AdaptationsGuard extends ManagerGuard {
  protected readonly refusals = {
    ofKey: () => new ProxyException('this API key may not see adaptations: it needs "manage": true', 403),
    ofClient: () =>
      new ProxyException(
        'only programs on the machine of this server may see its adaptations; MODEL_STORE_OPEN=true allows all, PROXY_API_KEYS those with a key',
        403,
      ),
  };
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '0:0:0:0:0:0:0:1';
}
