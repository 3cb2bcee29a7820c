import { folderAnswer, type Served, serve, strictPolicy } from '../support/serve.ts';

/** Policies under which pages are served, by the first part of the path. */
const policies: { readonly [prefix: string]: string } = {
  strict: strictPolicy,
  forbidding: strictPolicy.replace(" 'wasm-unsafe-eval'", ''),
};

/** Serves a folder on this computer alone: `/<policy>/path`, where the policy may be `plain`. */
export function serveByPolicy(root: string): Promise<Served> {
  return serve(({ pathname }) => {
    const [, policy = '', ...rest] = pathname.split('/');
    const value = policies[policy];
    return folderAnswer(root, `/${rest.join('/')}`, value === undefined ? {} : { 'content-security-policy': value });
  });
}
