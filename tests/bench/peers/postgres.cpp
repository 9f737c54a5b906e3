#include "tests/bench/peers/postgres.hpp"

#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "tests/bench/peers/postgres_loop.hpp"

namespace hq::bench {
namespace {

constexpr const char* kPostgresUser = "postgres";

// As for a server of this size; all that concerns durability is said aloud.
constexpr const char* kSettings = R"(
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 300
shared_buffers = 1GB
wal_buffers = 16MB
max_wal_size = 8GB
checkpoint_timeout = 15min
listen_addresses = ''
)";

constexpr const char* kTable = R"(
CREATE TABLE IF NOT EXISTS events (
  position bigserial PRIMARY KEY,
  stream text NOT NULL,
  version bigint NOT NULL,
  payload bytea NOT NULL,
  UNIQUE (stream, version)
))";

std::vector<std::string> Command(const std::vector<std::string>& command) {
  std::vector<std::string> whole = AsUser(kPostgresUser);
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

}  // namespace

Result<std::unique_ptr<Postgres>> Postgres::Start() {
  std::unique_ptr<Postgres> postgres(new Postgres);
  HQ_RETURN_IF_ERROR(postgres->Initialise());
  HQ_RETURN_IF_ERROR(postgres->Restart());
  return postgres;
}

Status Postgres::Initialise() {
  const std::string log = server_.directory() / "initdb.log";
  const std::string directory = server_.directory().path();
  if (geteuid() == 0)
    HQ_RETURN_IF_ERROR(
        RunToEnd({"chown", "-R", kPostgresUser, directory}, directory + "/../chown.log"));
  HQ_ASSIGN_OR_RETURN(const std::string initdb, PathOf("initdb"));
  HQ_RETURN_IF_ERROR(RunToEnd(Command({initdb, "-D", data_dir(), "-U", "bench", "--auth=trust",
                                       "-E", "UTF8", "--no-locale"}),
                              log));
  std::ofstream(data_dir() + "/postgresql.conf", std::ios::app) << kSettings;
  return absl::OkStatus();
}

std::string Postgres::Address() const {
  return "host=" + server_.directory().path() + " user=bench dbname=postgres";
}

Status Postgres::Restart() {
  HQ_ASSIGN_OR_RETURN(const std::string program, PathOf("postgres"));
  const auto command = Command({program, "-D", data_dir(), "-k", server_.directory().path()});
  const auto is_ready = [this] { return PQping(Address().c_str()) == PQPING_OK; };
  // After a kill, orphaned backends may still hold the shared memory for a moment.
  constexpr int kAttemptsMax = 50;
  Status status;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    status = server_.Start(command, is_ready);
    if (status.ok()) return status;
  }
  return status;
}

Status Postgres::Kill() { return server_.End(SIGKILL); }

Result<Postgres::Connection> Postgres::Connect() const {
  Connection connection(PQconnectdb(Address().c_str()));
  // What the server says besides its answers is of no interest to a table.
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  if (PQstatus(connection.get()) != CONNECTION_OK) return PostgresFailure(connection.get());
  return connection;
}

Status Postgres::Execute(const Connection& connection, const std::string& statement) {
  const Answer answer(PQexec(connection.get(), statement.c_str()));
  const auto status = PQresultStatus(answer.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return absl::OkStatus();
  return PostgresFailure(connection.get());
}

Status Postgres::Reset() {
  HQ_ASSIGN_OR_RETURN(const Connection connection, Connect());
  acknowledged_ = 0;
  HQ_RETURN_IF_ERROR(Execute(connection, "DROP TABLE IF EXISTS events"));
  HQ_RETURN_IF_ERROR(Execute(connection, kTable));
  return Execute(connection, "CHECKPOINT");
}

Result<AppendResult> Postgres::Append(const AppendLoad& load) {
  std::vector<Connection> connections;
  PostgresLoop loop(load, "run" + std::to_string(++runs_), acknowledged_);
  for (int i = 0; i < load.clients; ++i) {
    HQ_ASSIGN_OR_RETURN(auto connection, Connect());
    HQ_RETURN_IF_ERROR(loop.Add(connection.get()));
    connections.push_back(std::move(connection));
  }
  return loop.Run();
}

Result<double> Postgres::CatchUp(std::uint64_t events) {
  HQ_ASSIGN_OR_RETURN(const Connection connection, Connect());
  const SteadyTime since = Now();
  const std::string copy =
      "COPY (SELECT position, stream, version, payload FROM events ORDER BY position LIMIT " +
      std::to_string(events) + ") TO STDOUT (FORMAT binary)";
  const Answer answer(PQexec(connection.get(), copy.c_str()));
  if (PQresultStatus(answer.get()) != PGRES_COPY_OUT) return PostgresFailure(connection.get());
  // One row a message; the header comes with the first, the trailer as one of its own.
  std::uint64_t messages = 0;
  char* bytes = nullptr;
  int size = 0;
  while ((size = PQgetCopyData(connection.get(), &bytes, 0)) > 0) {
    ++messages;
    PQfreemem(bytes);
  }
  if (size == -2) return PostgresFailure(connection.get());
  if (messages != events + 1)
    return absl::InternalError("postgresql: " + std::to_string(messages) + " rows came");
  return static_cast<double>(events) / SecondsBetween(since, Now());
}

Result<std::uint64_t> Postgres::Stored() {
  HQ_ASSIGN_OR_RETURN(const Connection connection, Connect());
  const Answer answer(PQexec(connection.get(), "SELECT count(*) FROM events"));
  if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) return PostgresFailure(connection.get());
  return std::strtoull(PQgetvalue(answer.get(), 0, 0), nullptr, 10);
}

}  // namespace hq::bench
