/** Light, dark, or as the system says. The choice lasts as long as the tab. */
import { ref } from 'vue';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'cablehub.theme';
const order: readonly Theme[] = ['system', 'light', 'dark'];

const kept = sessionStorage.getItem(KEY);
export const theme = ref<Theme>(order.find((one) => one === kept) ?? 'system');

/** The root element says it to the style sheet; charts, which are painted, look it up again. */
export const applyTheme = (): void => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
};

export const nextTheme = (): void => {
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'system';
  sessionStorage.setItem(KEY, theme.value);
  applyTheme();
};
