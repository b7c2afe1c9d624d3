/** The part of a nats-server's configuration that says who may connect, and what they may (pure). */
import { rightsOf, roles, type Rights, type Role } from './rights.ts';

/** How long an asker can wait for an answer that may be given anywhere. */
const ANSWER_WITHIN = '5s';

/**
 * The accounts and their users, to be included within `accounts { … }`. Holds public keys only. `HUB` has JetStream; `SYS` is
 * the server's own.
 */
export const usersConfiguration = (publicKeys: Readonly<Record<Role, string>>): string => {
  const users = roles.filter((role) => role !== 'system').map((role) => userOf(role, publicKeys[role], rightsOf[role]));
  return [
    '# Made by `hub credentials` from the public keys of the seeds beside it. It holds no secret.\n',
    `HUB: {\n  jetstream: enabled\n  users: [\n${users.join('')}  ]\n}\n`,
    `SYS: {\n  users: [\n    # system\n    { nkey: ${publicKeys.system} }\n  ]\n}\n`,
  ].join('');
};

const userOf = (role: Role, key: string, rights: Rights): string => {
  const never = rights.neverPublish === undefined ? '' : `, deny: ${listed(rights.neverPublish)}`;
  const answers = rights.answers === true ? `        allow_responses: { max: 1, expires: "${ANSWER_WITHIN}" }\n` : '';
  return [
    `    # ${role}\n`,
    `    {\n      nkey: ${key}\n      permissions: {\n`,
    `        publish: { allow: ${listed(rights.publish)}${never} }\n`,
    `        subscribe: { allow: ${listed(rights.subscribe)} }\n`,
    answers,
    '      }\n    }\n',
  ].join('');
};

const listed = (subjects: readonly string[]): string =>
  `[\n${[...new Set(subjects)].map((subject) => `          "${subject}"\n`).join('')}        ]`;
