/** Keys: which one means what, and when a key is meant for what has the focus instead. */
import { onBeforeUnmount, onMounted } from 'vue';

export type Shortcuts = Readonly<Record<string, () => void>>;

export type KeyPressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'> & {
  readonly target: { readonly tagName?: string; readonly isContentEditable?: boolean } | null;
};

/** `g` begins a sequence of two keys that must come within this time. */
const SEQUENCE_MS = 1_200;

/** Gives for each key the name of its shortcut, `g d` for a sequence, or null (pure but for the key before). */
export const shortcutReader = (): ((event: KeyPressed, now: number) => string | null) => {
  let prefixAt = Number.NEGATIVE_INFINITY;
  return (event, now) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isText(event.target)) return null;
    const isSecond = now - prefixAt < SEQUENCE_MS;
    prefixAt = Number.NEGATIVE_INFINITY;
    if (isSecond) return `g ${event.key}`;
    if (event.key !== 'g') return event.key;
    prefixAt = now;
    return null;
  };
};

const isText = (target: KeyPressed['target']): boolean =>
  target !== null && (target.isContentEditable === true || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName ?? ''));

/** Listens while the component is there. */
export const useShortcuts = (shortcuts: Shortcuts): void => {
  const read = shortcutReader();
  const listen = (event: KeyboardEvent): void => {
    if (document.querySelector('dialog[open]')) return;
    const name = read(event as unknown as KeyPressed, performance.now());
    const action = name === null ? undefined : shortcuts[name];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  onMounted(() => document.addEventListener('keydown', listen));
  onBeforeUnmount(() => document.removeEventListener('keydown', listen));
};
