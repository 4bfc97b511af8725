// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/names.h"

namespace landfall::sqlite {
namespace {

// Names come from outside (any registry may name any repository), so what is remembered is bounded. Who is thrown out
// costs one lookup when he comes again.
constexpr std::size_t kMostKnown = 8192;

// `find` and `add` ask the database; `add` only when `find` has nothing.
template <class Find, class Add>
std::int64_t numberOf(std::unordered_map<std::string, std::int64_t>& known, const std::string& name, Find find,
                      Add add) {
  if (const auto found = known.find(name); found != known.end()) return found->second;
  std::int64_t number = 0;
  {
    Rows rows = find();
    if (rows.next()) number = rows.integer(0);
  }
  if (number == 0) number = add();
  if (known.size() >= kMostKnown) known.clear();
  known.emplace(name, number);
  return number;
}

}  // namespace

std::int64_t Names::receiver(const model::ReceiverKey& key, const std::string& adapter) {
  const std::string project = storedProject(key);
  return numberOf(
      receivers_, project + '\0' + key.name + '\0' + adapter,
      [&] {
        return db_.query("SELECT id FROM receivers WHERE project = ? AND name = ? AND adapter = ?", project, key.name,
                         adapter);
      },
      [&] {
        db_.run("INSERT INTO receivers (project, name, adapter) VALUES (?, ?, ?)", project, key.name, adapter);
        return db_.lastRow();
      });
}

std::int64_t Names::repository(const std::string& name) {
  return numberOf(
      repositories_, name, [&] { return db_.query("SELECT id FROM repositories WHERE name = ?", name); },
      [&] {
        db_.run("INSERT INTO repositories (name) VALUES (?)", name);
        return db_.lastRow();
      });
}

std::int64_t Names::warehouse(const model::WarehouseKey& key) {
  return numberOf(
      warehouses_, key.project + '\0' + key.name,
      [&] { return db_.query("SELECT id FROM warehouses WHERE project = ? AND name = ?", key.project, key.name); },
      [&] {
        db_.run("INSERT INTO warehouses (project, name) VALUES (?, ?)", key.project, key.name);
        return db_.lastRow();
      });
}

void Names::forget() {
  receivers_.clear();
  repositories_.clear();
  warehouses_.clear();
}

std::string storedProject(const model::ReceiverKey& key) { return key.project.value_or("-"); }

}  // namespace landfall::sqlite
