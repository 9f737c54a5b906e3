#include "tests/support/swift_server.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "common/http/client.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kServers[] = {"account", "container", "object"};

// Makes each ring of one partition on one device, as swift-ring-builder would.
constexpr const char* kRingScript = R"(
import sys
from swift.common.ring import RingBuilder
for name, port in zip(("account", "container", "object"), sys.argv[2:]):
    builder = RingBuilder(1, 1, 1)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port),
                     "device": "d1", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(sys.argv[1] + "/" + name + ".ring.gz")
)";

}  // namespace

bool SwiftServer::IsInstalled() {
  return fs::exists("/usr/bin/swift-proxy-server") && fs::exists("/usr/bin/swift-object-server") &&
         fs::exists("/usr/bin/swift-container-server") &&
         fs::exists("/usr/bin/swift-account-server") && fs::exists("/usr/bin/memcached");
}

SwiftServer::SwiftServer() : port_(FreePort()), memcached_port_(FreePort()) {
  for (std::size_t i = 0; i < std::size(kServers); ++i) ports_.push_back(FreePort());
  WriteConfig();
  MakeRings();
  // Whoever becomes another user no longer ends with the one who started it.
  servers_.push_back(Spawn({"memcached", "-u", "root", "-l", "127.0.0.1", "-p",
                            std::to_string(memcached_port_), "-m", "16"}));
  for (const char* server : kServers)
    servers_.push_back(Spawn({"swift-" + std::string(server) + "-server",
                              directory_ / (std::string(server) + ".conf")}));
  servers_.push_back(Spawn({"swift-proxy-server", directory_ / "proxy.conf"}));
  HQ_CHECK(Eventually([this] { return HasBucket(); }, std::chrono::seconds(120)), Logs().c_str());
}

runtime::Child SwiftServer::Spawn(const std::vector<std::string>& command) const {
  auto child = runtime::Child::Spawn(command, runtime::OwnEnvironment(), directory_ / "swift.log");
  HQ_CHECK(child.ok(), child.status().ToString().c_str());
  return *std::move(child);
}

void SwiftServer::WriteConfig() {
  fs::create_directories(directory_ / "node/d1");
  std::ofstream(directory_ / "swift.conf")
      << "[swift-hash]\nswift_hash_path_suffix=t\nswift_hash_path_prefix=t\n"
      << "[storage-policy:0]\nname=P0\ndefault=yes\n";
  for (std::size_t i = 0; i < std::size(kServers); ++i)
    std::ofstream(directory_ / (std::string(kServers[i]) + ".conf"))
        << "[DEFAULT]\nbind_ip=127.0.0.1\nbind_port=" << ports_[i]
        << "\nuser=root\nswift_dir=" << directory_.path() << "\ndevices=" << directory_ / "node"
        << "\nmount_check=false\nworkers=0\ndisable_fallocate=true\n[pipeline:main]\npipeline="
        << kServers[i] << "-server\n[app:" << kServers[i] << "-server]\nuse=egg:swift#"
        << kServers[i] << "\n";
  std::ofstream proxy(directory_ / "proxy.conf");
  proxy
      << "[DEFAULT]\nbind_ip=127.0.0.1\nbind_port=" << port_
      << "\nuser=root\nswift_dir=" << directory_.path() << "\nworkers=0\n[pipeline:main]\n"
      << "pipeline=catch_errors gatekeeper cache s3api tempauth copy slo dlo symlink proxy-server\n"
      << "[app:proxy-server]\nuse=egg:swift#proxy\naccount_autocreate=true\n"
      // A busy machine is no broken node: by itself the proxy waits half a second for a connection
      // and after ten that took longer answers 503 for a minute.
      << "conn_timeout=60\nnode_timeout=60\nerror_suppression_limit=1000000\n"
      << "[filter:cache]\nuse=egg:swift#memcache\nmemcache_servers=127.0.0.1:" << memcached_port_
      << "\n[filter:s3api]\nuse=egg:swift#s3api\nlocation=" << Region()
      << "\n[filter:tempauth]\nuse=egg:swift#tempauth\nuser_hq_backup=" << SecretKey()
      << " .admin\n";
  for (const char* filter : {"catch_errors", "gatekeeper", "copy", "slo", "dlo", "symlink"})
    proxy << "[filter:" << filter << "]\nuse=egg:swift#" << filter << "\n";
}

void SwiftServer::MakeRings() {
  std::vector<std::string> command = {"/usr/bin/python3", "-c", kRingScript, directory_.path()};
  for (const int port : ports_) command.push_back(std::to_string(port));
  const auto code = Spawn(command).WaitFor(std::chrono::minutes(2));
  HQ_CHECK(code.ok() && *code == 0, Logs().c_str());
}

bool SwiftServer::HasBucket() {
  http::Request request;
  request.method = "PUT";
  request.url = endpoint() + "/hq-backup";
  request.headers["x-amz-content-sha256"] = Hex(Sha256(""));
  request.signature = http::AwsSignature{Region(), "s3", AccessKey(), SecretKey()};
  const auto response = http::Client().Send(request);
  answer_ = response.ok() ? response->body : response.status().ToString();
  return response.ok() && (response->status == 200 || response->status == 409);
}

std::string SwiftServer::Logs() const {
  std::ifstream file(directory_ / "swift.log");
  return "Swift starts: " + answer_ + "\n" + std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace hq::testing
