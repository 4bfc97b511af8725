// SPDX-License-Identifier: Apache-2.0
#include "storage/open_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/sqlite/query_plans.h"

namespace landfall::testing {
namespace {

class SqlitePlace final : public StorePlace {
 public:
  std::unique_ptr<storage::Store> open(std::size_t queue_capacity) override {
    storage::StoreOptions options;
    options.url = "sqlite:" + (dir_.path() / "landfall.db").string();
    options.queue_capacity = queue_capacity;
    auto opened = storage::openStore(options, log_);
    EXPECT_TRUE(opened.ok()) << opened.status().text();
    return opened.ok() ? std::move(opened).value() : nullptr;
  }

 private:
  TempDir dir_;
  FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
};

/// Whatever a test of the suite made the store ask of its database, in this process: so a new query is looked at as
/// soon as it is tested at all.
class PlansOfEveryTest final : public ::testing::Environment {
 public:
  void TearDown() override {
    const auto all = statements_.all();
    TempDir dir;
    const auto path = (dir.path() / "landfall.db").string();
    Opener().open(path).value()->close();
    expectNoneReadsAWholeTable(all, path);
  }

 private:
  Statements statements_;
};

const auto* const kPlans = ::testing::AddGlobalTestEnvironment(new PlansOfEveryTest);

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         ::testing::Values(StoreBackend{"sqlite", [] { return std::make_unique<SqlitePlace>(); }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace landfall::testing
