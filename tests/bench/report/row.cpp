#include "tests/bench/report/row.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/bench/report/statistics.hpp"

namespace hq::bench {

double Row::Value() const { return Median(rounds); }

void Board::Add(const Subject& subject, double value) {
  const auto row = std::find_if(rows_.begin(), rows_.end(),
                                [&](const Row& known) { return known.subject == subject; });
  if (row != rows_.end())
    row->rounds.push_back(value);
  else
    rows_.push_back({subject, {value}});
}

const Row* Board::PeerOf(const Row& row, const std::string& system) const {
  const Subject& mine = row.subject;
  const auto is_peer = [&](const Row& other) {
    const Subject& its = other.subject;
    return its.system == system && its.workload == mine.workload && its.clients == mine.clients &&
           its.batch == mine.batch && its.metric == mine.metric;
  };
  const auto found = std::find_if(rows_.begin(), rows_.end(), is_peer);
  return found == rows_.end() ? nullptr : &*found;
}

std::vector<const Row*> Board::Find(const std::string& workload, const std::string& system,
                                    const std::string& metric) const {
  std::vector<const Row*> found;
  for (const Row& row : rows_)
    if (row.subject.workload == workload && row.subject.system == system &&
        row.subject.metric == metric)
      found.push_back(&row);
  return found;
}

double RatioOf(const Row& row, const Row& peer) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(row.rounds.size(), peer.rounds.size()); ++i)
    if (peer.rounds[i] > 0) ratios.push_back(row.rounds[i] / peer.rounds[i]);
  return Median(std::move(ratios));
}

std::string ToJson(const std::vector<Row>& rows) {
  auto document = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    const Subject& subject = row.subject;
    nlohmann::ordered_json entry;
    entry["workload"] = subject.workload;
    entry["system"] = subject.system;
    entry["class"] = std::string(1, static_cast<char>(subject.durability));
    entry["clients"] = subject.clients;
    entry["batch"] = subject.batch;
    entry["metric"] = subject.metric;
    entry["value"] = row.Value();
    entry["unit"] = subject.unit;
    document.push_back(std::move(entry));
  }
  return document.dump(1) + "\n";
}

}  // namespace hq::bench
