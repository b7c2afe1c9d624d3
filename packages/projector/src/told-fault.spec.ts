import { describe, expect, it } from 'vitest';
import { ViewsFault } from './database.ts';
import { faultOf, toldFault } from './told-fault.ts';

const handedOver = (fault: unknown): unknown => faultOf(structuredClone(toldFault(fault)));

describe('a fault that a thread tells another', () => {
  it('keeps its name, its code, its text and where it was made, and those of its causes', () => {
    const cause = Object.assign(new RangeError('the disk is full'), { code: 'SQLITE_FULL' });
    const fault = new ViewsFault('the views cannot be written', { cause });
    const { name, code, message, stack } = fault;
    const told = handedOver(fault);
    expect(told).toBeInstanceOf(Error);
    expect(told).toMatchObject({ name, code, message, stack });
    expect((told as Error).cause).toMatchObject({
      name: 'RangeError',
      code: 'SQLITE_FULL',
      message: 'the disk is full',
    });
  });

  it('is a text when it is no error, and has nothing that it had not', () => {
    expect(handedOver('the snapshot is damaged')).toBe('the snapshot is damaged');
    const plain = handedOver(new Error('no'));
    expect([Object.hasOwn(plain as Error, 'code'), Object.hasOwn(plain as Error, 'cause')]).toEqual([false, false]);
  });

  it('can be told though it holds what cannot be handed over', () => {
    const fault = Object.assign(new Error('odd'), { code: () => 1, cause: { by: () => 1 } });
    expect(handedOver(fault)).toMatchObject({ message: 'odd', cause: '[object Object]' });
  });
});
