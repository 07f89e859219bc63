# Asks for one path by every client of Ruby's own, and says what each got, a line each.
require 'net/http'
require 'open-uri'
require 'socket'

HOST = 'abc.execute-api.us-east-1.amazonaws.com'.freeze
PATH = '/prod/%40connections/a'.freeze

def over(socket)
  socket.write("GET #{PATH} HTTP/1.0\r\nHost: #{HOST}\r\n\r\n")
  socket.read.split("\r\n\r\n").last
end

clients = {
  'Net::HTTP' => -> { Net::HTTP.get(URI("https://#{HOST}#{PATH}")) },
  'Net::HTTP without TLS' => -> { Net::HTTP.get(URI("http://#{HOST}#{PATH}")) },
  'open-uri' => -> { URI.open("https://#{HOST}#{PATH}").read },
  'TCPSocket.open' => -> { over(TCPSocket.open(HOST, 80)) },
  'Socket.tcp' => -> { over(Socket.tcp(HOST, 80, connect_timeout: 10)) },
  'another host' => -> { Net::HTTP.get(URI(ARGV[0])) },
  'its own option' => -> { $VERBOSE.to_s },
}
clients.each do |name, ask|
  got = begin
    ask.call
  rescue StandardError => e
    e.inspect
  end
  puts "#{name}: #{got}"
end
