/** Names for customers who have not said theirs (pure): two words and a number, like `white-shadow-394`. */
import type { CommandContext } from './decision.ts';

const colours =
  'amber autumn blue bold broken calm cool crimson dawn falling gentle golden green hidden late lively misty';
const more =
  'morning noisy old patient polished proud quiet rapid red restless rough shy silent small snowy still white';
const first = `${colours} ${more}`.split(' ');
const things = 'bird breeze brook bush cloud dew dream dust feather field fire flower fog forest frog glade grass haze';
const others =
  'hill lake leaf meadow moon pine pond rain resonance river sea shadow sky snow sound star sun tree water';
const second = `${things} ${others}`.split(' ');

export const madeUpName = ({ random }: Pick<CommandContext, 'random'>): string =>
  `${first[random(first.length)]}-${second[random(second.length)]}-${random(1_000)}`;
