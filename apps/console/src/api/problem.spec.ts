import { describe, expect, it } from 'vitest';
import { asProblem, codeOf, isPassing, problemOf, problemOfAnswer } from './problem.ts';

describe('the problem of an answer', () => {
  it.each([
    [{ error: 'Resource could not be found' }, 'There is no such thing: Resource could not be found'],
    [{ title: 'x', detail: 'no event there' }, 'There is no such thing: no event there'],
    [{ message: 'Name is too long', attributes: ['name'] }, 'There is no such thing: Name is too long'],
    [{ errors: ['sign in first'] }, 'There is no such thing: sign in first'],
    [{ errors: [{ pointer: '/x' }] }, 'There is no such thing'],
    ['<html>', 'There is no such thing'],
    [null, 'There is no such thing'],
  ])('says what the body %j says', (body, message) => {
    expect(problemOfAnswer(404, body).message).toBe(message);
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'conflict'],
    [413, 'invalid'],
    [422, 'invalid'],
    [429, 'too_many'],
    [500, 'broken'],
    [503, 'unavailable'],
  ])('knows what %i means', (status, code) => {
    expect(codeOf(status)).toBe(code);
  });

  it('says nothing twice of a token that is not accepted', () => {
    expect(problemOfAnswer(401, { error: 'Invalid Access Token' }).message).toBe('The access token is not accepted');
  });

  it('always says what to do', () => {
    expect(problemOf('unreachable').advice).toMatch(/hub runs/);
    expect(problemOfAnswer(418, {}).advice).not.toBe('');
  });
});

describe('a problem', () => {
  it.each([
    [problemOf('unreachable'), true],
    [problemOf('unavailable'), true],
    [problemOf('invalid'), false],
    [null, false],
  ])('%s may be over by itself: %s', (problem, expected) => {
    expect(isPassing(problem)).toBe(expected);
  });
});

describe('something thrown', () => {
  it('stays the problem it is', () => {
    const problem = problemOf('conflict');
    expect(asProblem(problem)).toBe(problem);
  });

  it('becomes a problem when it is none', () => {
    expect(asProblem(new Error('no memory'))).toMatchObject({ code: 'broken', message: 'The hub failed: no memory' });
    expect(asProblem('odd')).toMatchObject({ code: 'broken', message: 'The hub failed' });
  });
});
