#include "deploy/local/http_server/server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <charconv>

namespace hq::http_server {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;
using Parser = http::request_parser<http::string_body>;

constexpr auto kAsTuple = net::as_tuple(net::use_awaitable);

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Request ToRequest(http::request<http::string_body>&& message) {
  Request request;
  request.method = message.method_string();
  if (request.method == "HEAD") request.method = "GET";
  const std::string target = message.target();
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  for (const auto& field : message)
    request.headers[Lower(std::string(field.name_string()))] = std::string(field.value());
  request.body = std::move(message.body());
  return request;
}

template <class Message>
void CopyHead(const Response& response, bool keep_alive, Message& message) {
  message.result(static_cast<unsigned>(response.status));
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  message.keep_alive(keep_alive);
}

Response Plain(int status, std::string text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

// The answer to a request that could not be read; nullopt if nobody waits for one.
std::optional<Response> AnswerTo(const beast::error_code& error) {
  if (error == http::error::body_limit) return Plain(413, "The body is too large.\n");
  if (error == http::error::header_limit) return Plain(431, "The headers are too large.\n");
  if (error == http::error::end_of_stream || error == beast::error::timeout) return std::nullopt;
  if (error.category() == http::make_error_code(http::error::bad_method).category())
    return Plain(400, "The request is not HTTP/1.1.\n");
  return std::nullopt;
}

Result<tcp::endpoint> ToEndpoint(const std::string& listen) {
  const auto colon = listen.rfind(':');
  const auto refused = absl::InvalidArgumentError("not an address:port: " + listen);
  if (colon == std::string::npos) return refused;
  std::uint16_t port = 0;
  const char* const end = listen.data() + listen.size();
  const auto parsed = std::from_chars(listen.data() + colon + 1, end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return refused;
  std::string host = listen.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code error;
  const auto address = net::ip::make_address(host, error);
  if (error) return refused;
  return tcp::endpoint(address, port);
}

}  // namespace

// Everything but the handlers runs on the thread that called Run, so the counters need no lock.
struct Server::Loop {
  Loop(const Options& given, Handler given_handler)
      : options(given),
        handler(std::move(given_handler)),
        handlers(static_cast<std::size_t>(given.handler_threads)) {}

  net::awaitable<void> Accept();
  net::awaitable<void> Converse(tcp::socket socket);
  net::awaitable<bool> Read(beast::tcp_stream& stream, beast::flat_buffer& buffer, Parser& parser);
  net::awaitable<bool> Write(beast::tcp_stream& stream, const Response& response, bool is_head,
                             bool keep_alive);
  Response Handle(const Request& request);
  void Stop();

  Options options;
  Handler handler;
  net::io_context io;
  tcp::acceptor acceptor{io};
  net::thread_pool handlers;
  std::size_t connections = 0;
  std::size_t running_requests = 0;
  bool is_stopping = false;
};

net::awaitable<void> Server::Loop::Accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kAsTuple);
    if (is_stopping) co_return;
    if (error || connections >= options.connections_max) continue;
    ++connections;
    net::co_spawn(io, Converse(std::move(socket)),
                  [this](const std::exception_ptr&) { --connections; });
  }
}

net::awaitable<bool> Server::Loop::Read(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                                        Parser& parser) {
  stream.expires_after(options.io_timeout);
  auto [error, size] = co_await http::async_read_header(stream, buffer, parser, kAsTuple);
  if (!error && Lower(std::string(parser.get()[http::field::expect])) == "100-continue") {
    http::response<http::empty_body> go_on(http::status::continue_, 11);
    co_await http::async_write(stream, go_on, kAsTuple);
  }
  if (!error) {
    auto [body_error, body_size] = co_await http::async_read(stream, buffer, parser, kAsTuple);
    error = body_error;
  }
  if (!error) co_return true;
  const auto answer = AnswerTo(error);
  if (answer) co_await Write(stream, *answer, false, false);
  co_return false;
}

net::awaitable<bool> Server::Loop::Write(beast::tcp_stream& stream, const Response& response,
                                         bool is_head, bool keep_alive) {
  stream.expires_after(options.io_timeout);
  beast::error_code failure;
  if (is_head) {
    http::response<http::empty_body> message;
    CopyHead(response, keep_alive, message);
    message.content_length(response.body.size());
    auto [error, size] = co_await http::async_write(stream, message, kAsTuple);
    failure = error;
  } else {
    http::response<http::string_body> message;
    CopyHead(response, keep_alive, message);
    message.body() = response.body;
    message.prepare_payload();
    auto [error, size] = co_await http::async_write(stream, message, kAsTuple);
    failure = error;
  }
  co_return !failure;
}

net::awaitable<void> Server::Loop::Converse(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  for (bool keep_alive = true; keep_alive && !is_stopping;) {
    Parser parser;
    parser.body_limit(options.body_limit_bytes);
    parser.header_limit(static_cast<std::uint32_t>(options.header_limit_bytes));
    if (!co_await Read(stream, buffer, parser)) break;
    auto message = parser.release();
    const bool is_head = message.method() == http::verb::head;
    keep_alive = message.keep_alive();
    const Request request = ToRequest(std::move(message));
    ++running_requests;
    stream.expires_never();
    // The handler may block: it runs on the pool, and this coroutine goes on here.
    Response response = co_await net::co_spawn(
        handlers, [this, &request]() -> net::awaitable<Response> { co_return Handle(request); },
        net::use_awaitable);
    const bool is_written = co_await Write(stream, response, is_head, keep_alive);
    --running_requests;
    if (is_stopping && running_requests == 0) io.stop();
    if (!is_written) break;
  }
  beast::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

Response Server::Loop::Handle(const Request& request) {
  try {
    return handler(request);
  } catch (const std::exception&) {
    return Plain(500, "The server failed.\n");
  }
}

void Server::Loop::Stop() {
  is_stopping = true;
  beast::error_code ignored;
  acceptor.close(ignored);
  if (running_requests == 0) io.stop();
}

Result<std::unique_ptr<Server>> Server::Listen(const Options& options, Handler handler) {
  HQ_ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ToEndpoint(options.listen));
  auto loop = std::make_unique<Loop>(options, std::move(handler));
  boost::system::error_code error;
  loop->acceptor.open(endpoint.protocol(), error);
  if (!error) loop->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) loop->acceptor.bind(endpoint, error);
  if (!error) loop->acceptor.listen(net::socket_base::max_listen_connections, error);
  if (error)
    return absl::UnavailableError("cannot listen on " + options.listen + ": " + error.message());
  return std::unique_ptr<Server>(new Server(std::move(loop)));
}

Server::Server(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Server::~Server() = default;

std::uint16_t Server::port() const { return loop_->acceptor.local_endpoint().port(); }

void Server::Run(std::stop_token stop) {
  net::co_spawn(loop_->io, loop_->Accept(), net::detached);
  const std::stop_callback on_stop(stop,
                                   [this] { net::post(loop_->io, [this] { loop_->Stop(); }); });
  loop_->io.run();
  loop_->handlers.join();
}

}  // namespace hq::http_server
