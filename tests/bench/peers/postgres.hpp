// PostgreSQL 15 with one table of events, every commit synced; prepared statements with binary
// parameters, many connections driven by one thread.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/harness/server.hpp"
#include "tests/bench/harness/system.hpp"

namespace hq::bench {

class Postgres final : public System {
 public:
  // A cluster of its own in a temporary directory, on a Unix socket, running.
  static Result<std::unique_ptr<Postgres>> Start();

  std::string name() const override { return "postgresql"; }
  Durability durability() const override { return Durability::kFsync; }
  bool Takes(AppendLoad::Kind kind) const override { return kind != AppendLoad::Kind::kStreaming; }
  Status Reset() override;
  Result<AppendResult> Append(const AppendLoad& load) override;
  // COPY … TO STDOUT, binary.
  Result<double> CatchUp(std::uint64_t events) override;
  Status Kill() override;
  Status Restart() override;
  std::string data_dir() const override { return server_.directory() / "data"; }
  Result<std::uint64_t> Stored() override;

 private:
  struct Closer {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Connection = std::unique_ptr<PGconn, Closer>;
  using Answer = std::unique_ptr<PGresult, Closer>;
  class Loop;

  Postgres() = default;
  Status Initialise();
  std::string Address() const;
  Result<Connection> Connect() const;
  static Status Execute(const Connection& connection, const std::string& statement);

  Server server_{"postgresql"};
  int runs_ = 0;  // Every run has streams of its own.
};

}  // namespace hq::bench
