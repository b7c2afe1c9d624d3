/** The second door: what specifications of this and other packages need. */
export { anyDataOf, anyEvent, anyEventOf } from './event.arbitrary.ts';
export { newEvent, recorded, type EventOverrides } from './event.builder.ts';
