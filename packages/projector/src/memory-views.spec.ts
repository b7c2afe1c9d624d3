import { memoryViews } from './memory-views.ts';
import { describeViews } from './views.contract.ts';

describeViews('memory', memoryViews);
