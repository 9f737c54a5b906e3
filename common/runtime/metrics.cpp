#include "common/runtime/metrics.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <mutex>
#include <thread>

namespace hq::runtime {

struct Metrics::Registry {
  std::mutex mutex;
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;
  std::unique_ptr<prometheus::Exposer> exposer;
};

namespace {

std::string HelpOf(const std::string& name) { return "HQ OS: " + name; }

// Connects to a port of this machine and hangs up.
void Knock(int port) {
  const int knocking = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (knocking < 0) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)connect(knocking, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  close(knocking);
}

}  // namespace

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}

// The library's listener looks every two seconds whether it is to stop, and whenever somebody
// comes: so somebody comes until it has stopped.
Metrics::~Metrics() {
  if (!registry_->exposer) return;
  const std::vector<int> ports = registry_->exposer->GetListeningPorts();
  const std::jthread knocks([&ports](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (const int port : ports) Knock(port);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  registry_->exposer.reset();
}

Status Metrics::Serve(const std::string& listen) {
  try {
    registry_->exposer = std::make_unique<prometheus::Exposer>(listen, 1);
    registry_->exposer->RegisterCollectable(registry_->registry);
  } catch (const std::exception& error) {  // Thrown by the library when it cannot listen.
    return absl::UnavailableError("cannot serve metrics on " + listen + ": " + error.what());
  }
  return absl::OkStatus();
}

void Counter::Add(double amount) { counter_->Increment(amount); }
void Timing::Observe(double seconds) { histogram_->Observe(seconds); }

Counter Metrics::CounterOf(const std::string& name, const Labels& labels) {
  std::lock_guard lock(registry_->mutex);
  auto& family = registry_->counters[name];
  if (!family)
    family =
        &prometheus::BuildCounter().Name(name).Help(HelpOf(name)).Register(*registry_->registry);
  return Counter(family->Add(labels));
}

Timing Metrics::TimingOf(const std::string& name, const Labels& labels) {
  static const prometheus::Histogram::BucketBoundaries kBuckets{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
      0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  std::lock_guard lock(registry_->mutex);
  auto& family = registry_->histograms[name];
  if (!family)
    family =
        &prometheus::BuildHistogram().Name(name).Help(HelpOf(name)).Register(*registry_->registry);
  return Timing(family->Add(labels, kBuckets));
}

void Metrics::Add(const std::string& name, const Labels& labels, double amount) {
  CounterOf(name, labels).Add(amount);
}

void Metrics::Observe(const std::string& name, double seconds, const Labels& labels) {
  TimingOf(name, labels).Observe(seconds);
}

void Metrics::Set(const std::string& name, double value, const Labels& labels) {
  std::lock_guard lock(registry_->mutex);
  auto& family = registry_->gauges[name];
  if (!family)
    family = &prometheus::BuildGauge().Name(name).Help(HelpOf(name)).Register(*registry_->registry);
  family->Add(labels).Set(value);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(registry_->registry->Collect());
}

}  // namespace hq::runtime
