// Data goes to stdout, as a table for people or as JSON for machines; messages go to stderr. Text
// from outside cannot steer the terminal.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace hq::cli {

// Rows under a header, columns aligned by their width on a terminal (Korean letters take two).
class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Text(bool is_bold_wanted) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Control characters replaced; line breaks and tabs become spaces.
std::string Printable(const std::string& text);

// Proto JSON in one line: the fields' own names; with or without fields that hold their default.
Result<std::string> ToJsonLine(const google::protobuf::Message& message, bool with_defaults = true);

// What a command says. Not thread-safe.
class Output {
 public:
  explicit Output(bool is_json);

  bool is_json() const { return is_json_; }
  void Data(const Table& table) const;
  void Data(const std::string& line) const;
  Status Json(const google::protobuf::Message& message) const;
  void Note(const std::string& message) const;  // stderr; silent with --json.
  // The error, its reason and what to do next; stderr.
  void Error(const Status& status) const;

 private:
  const bool is_json_;
  const bool is_bold_wanted_;
};

}  // namespace hq::cli
