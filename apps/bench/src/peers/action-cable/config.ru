# frozen_string_literal: true

# Action Cable as an application that does nothing else would run it: no database, one channel that streams from the name it is
# subscribed with, Redis between whoever broadcasts and whoever keeps the sockets.
#
# It is started twice: one process keeps the sockets, the other takes POST /events and broadcasts, as a worker would.
# REDIS_URL: where to broadcast. ROOT: a folder for what Rails writes.

require 'rails'
require 'action_controller/railtie'
require 'action_cable/engine'

class Peer < Rails::Application
  config.root = ENV.fetch('ROOT')
  config.load_defaults 6.1
  config.eager_load = true
  config.secret_key_base = 'signs nothing that anybody keeps'
  config.logger = ActiveSupport::Logger.new($stderr)
  config.log_level = :error
  config.action_cable.mount_path = '/cable'
  config.action_cable.disable_request_forgery_protection = true
  config.action_cable.cable = { 'adapter' => 'redis', 'url' => ENV.fetch('REDIS_URL') }
end

module ApplicationCable
  class Connection < ActionCable::Connection::Base; end
  class Channel < ActionCable::Channel::Base; end
end

class RoomChannel < ApplicationCable::Channel
  def subscribed
    stream_from params[:stream]
  end
end

# POST /events/:streams with an event as JSON: broadcasts it to `room-1` to `room-<streams>`, one after the other.
class EventsController < ActionController::API
  wrap_parameters false

  def create
    event = JSON.parse(request.raw_post)
    params[:streams].to_i.times { |index| ActionCable.server.broadcast("room-#{index + 1}", event) }
    head :accepted
  end
end

Peer.initialize!
Peer.routes.draw { post '/events/:streams', to: 'events#create' }

run Peer
