// OpenStack Swift with its S3 interface: a real bucket server that checks every signature. Its five
// processes and memcached run on free ports of the loopback, with their files in a directory.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/child.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

class SwiftServer {
 public:
  // Whether the programs are there.
  static bool IsInstalled();

  // Returns when the bucket "hq-backup" is there.
  SwiftServer();

  SwiftServer(const SwiftServer&) = delete;
  SwiftServer& operator=(const SwiftServer&) = delete;

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  static std::string AccessKey() { return "hq:backup"; }
  static std::string SecretKey() { return "swift-test-secret"; }
  static std::string Region() { return "us-east-1"; }

 private:
  void WriteConfig();
  void MakeRings();
  runtime::Child Spawn(const std::vector<std::string>& command) const;
  bool HasBucket();
  std::string Logs() const;

  TempDir directory_;
  int port_ = 0;
  int memcached_port_ = 0;
  std::vector<int> ports_;  // account, container, object.
  std::vector<runtime::Child> servers_;
  std::string answer_;  // The last one, for the message when it does not start.
};

}  // namespace hq::testing
