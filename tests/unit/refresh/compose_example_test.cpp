// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/refresh/command_refresher.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/refresh/sample_run.h"

namespace landfall::refresh {
namespace {

using model::AttemptOutcome;
using testing::SampleRun;

/// The program of config/examples/compose with a docker that only says what it was asked for, and where.
class ComposeExample : public ::testing::Test {
 protected:
  ComposeExample() {
    const auto docker = folder_.write("docker", "#!/bin/sh\necho \"$PWD: $*\"\n");
    std::filesystem::permissions(docker, std::filesystem::perms::owner_all);
    services("docker " + docker.string() + "\nshop/api " + folder_.path().string() + " api-service");
  }

  void services(const std::string& lines) { folder_.write("services.conf", "# a comment\n\n" + lines); }
  RefreshResult redeploy(const SampleRun& sample = {}) const {
    const std::string program = std::string(LANDFALL_SOURCE_DIR) + "/config/examples/compose/redeploy";
    return CommandRefresher().refresh(
        sample.run(),
        {"redeploy", {program, (folder_.path() / "services.conf").string()}, std::chrono::milliseconds(60000)},
        Secrets());
  }

  const testing::TempDir folder_;
};

TEST_F(ComposeExample, PullsAndStartsTheServiceOfTheWarehouse) {
  const auto result = redeploy();

  const std::string here = folder_.path().string();
  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(result.detail, "exit code 0: " + here + ": compose pull --quiet api-service\n" + here +
                               ": compose up --detach --no-deps api-service");
}

TEST_F(ComposeExample, AWarehouseThatIsNotListedIsRejected) {
  SampleRun sample;
  sample.warehouse.key = {"shop", "*"};

  const auto result = redeploy(sample);

  EXPECT_EQ(result.outcome, AttemptOutcome::Rejected) << result.detail;
  EXPECT_NE(result.detail.find("shop/* is not listed"), std::string::npos) << result.detail;
}

TEST_F(ComposeExample, ADockerThatFailsIsTriedAgain) {
  services("docker /bin/false\nshop/api " + folder_.path().string() + " api-service");

  EXPECT_EQ(redeploy().outcome, AttemptOutcome::Retryable);
}

TEST_F(ComposeExample, AFolderThatIsNotThereIsTriedAgain) {
  services("docker /bin/echo\nshop/api /nonexistent/folder api-service");

  EXPECT_EQ(redeploy().outcome, AttemptOutcome::Retryable);
}

}  // namespace
}  // namespace landfall::refresh
