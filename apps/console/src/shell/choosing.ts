/** Lists to choose from where the hub has the last word. */

/** A listener that asks for what was chosen; when that is not done, the list shows again what is. */
export const choosing =
  (current: () => string, ask: (chosen: string) => Promise<boolean>) =>
  async (event: Event): Promise<void> => {
    const list = event.target as HTMLSelectElement;
    if (!(await ask(list.value))) list.value = current();
  };
