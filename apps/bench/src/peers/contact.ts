/** An event that everybody in an account is told: a new contact, as big as a message is. */

const encoder = new TextEncoder();
const NOTE = 'x'.repeat(2_200);

const dataOf = (id: number) => ({ id, name: `contact ${id}`, custom_attributes: { note: NOTE } });

/** As the hub takes it. */
export const contactCreated = (id: number): Uint8Array =>
  encoder.encode(JSON.stringify({ type: 'contact.created', data: dataOf(id) }));

/** As it is told; peers take it as that, since they send what they take. */
export const contactTold = (id: number): Uint8Array =>
  encoder.encode(
    JSON.stringify({
      event: 'contact.created',
      data: { account_id: 1, additional_attributes: {}, email: null, phone_number: null, ...dataOf(id) },
    }),
  );
