/** Whether a page of some origin may connect (pure). Tokens authenticate, not cookies; this keeps foreign pages out. */

/** `allowed`: exact origins, or `*.example.com` for every host below; empty for all. */
export const isOriginAllowed = (origin: string, allowed: readonly string[]): boolean => {
  // Only a browser sends an Origin, and only a browser can be misled into connecting.
  if (allowed.length === 0 || origin === '') return true;
  const given = origin.toLowerCase();
  const host = URL.canParse(given) ? new URL(given).hostname : '';
  return allowed
    .map((rule) => rule.toLowerCase())
    .some((rule) => (rule.startsWith('*.') ? host.endsWith(rule.slice(1)) : rule === given));
};
