#!/usr/bin/env bash
# From nothing to a live customer conversation, by documented HTTP calls alone.
#
#   API=http://localhost:3001 TOKEN=<an API token of the hub> examples/account-from-nothing.sh
#
# Needs bash and curl. TOKEN is printed by `npm start`, and kept in .data/api-token when API_TOKENS is not set.
set -euo pipefail

api=${API:-http://localhost:3001}
token=${TOKEN:-$(cat .data/api-token)}

call() { # method, path, header, body; ten calls of five seconds at most are less than a minute
  curl --silent --show-error --fail-with-body --max-time 5 -X "$1" "$api$2" -H "$3" -H 'content-type: application/json' ${4:+--data "$4"}
}
field() { # the value of a key in the JSON on standard input
  sed -E "s/.*\"$1\":\"?([^\",}]*).*/\1/"
}

platform="api_access_token: $token"
account=$(call POST /platform/api/v1/accounts "$platform" '{"name":"Acme"}' | field id)
made=$(call POST /platform/api/v1/users "$platform" "{\"account_id\":$account,\"name\":\"John\",\"email\":\"john@acme.example\"}")
user=$(sed -E 's/^\{"id":([0-9]+).*/\1/' <<<"$made")
agent="api_access_token: $(field access_token <<<"$made")"
call POST "/platform/api/v1/accounts/$account/account_users" "$platform" "{\"user_id\":$user,\"role\":\"administrator\"}" >/dev/null
echo "account $account, with the administrator John (user $user)"

inbox=$(call POST "/api/v1/accounts/$account/inboxes" "$agent" '{"name":"Shop","channel":{"type":"api"}}' | field inbox_identifier)
echo "an inbox of the API: $inbox"

# From here on it is what a customer's own app does; the last lines are the agent's answer.
client=/public/api/v1/inboxes/$inbox
contact=$(call POST "$client/contacts" 'accept: application/json' '{"name":"Ada"}')
source_id=$(field source_id <<<"$contact")
conversation=$(call POST "$client/contacts/$source_id/conversations" 'accept: application/json' '{}' | sed -E 's/^\{"id":([0-9]+).*/\1/')
messages=/conversations/$conversation/messages
call POST "$client/contacts/$source_id$messages" 'accept: application/json' '{"content":"Is anybody there?"}' >/dev/null
call POST "/api/v1/accounts/$account$messages" "$agent" '{"content":"Yes, John is. How can I help?"}' >/dev/null
echo "conversation $conversation, as Ada reads it:"
call GET "$client/contacts/$source_id$messages" 'accept: application/json'
echo
echo
echo "Ada subscribes with pubsub_token $(field pubsub_token <<<"$contact")"
