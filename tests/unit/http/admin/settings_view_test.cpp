// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/http/admin/json_views.h"

namespace landfall::http {
namespace {

TEST(SettingsView, ShowsEveryPartOfLandfallYaml) {
  const Json json = settingsJson({});

  for (const char* part : {"baseUrl", "webhooks", "admin", "storage", "plugins", "resources", "kubernetes", "delivery",
                           "refreshers", "log"}) {
    EXPECT_TRUE(json.contains(part)) << part;
  }
}

TEST(SettingsView, NamesTheFilesOfTlsAndWhoIsTrusted) {
  config::Settings settings;
  settings.webhooks.tls = {"/etc/landfall/tls.crt", "/etc/landfall/tls.key", "/etc/landfall/clients.crt"};
  settings.webhooks.trusted_proxies = {*base::Network::parse("10.0.0.0/8")};
  settings.refreshers.http_ca_file = "/etc/landfall/ca.crt";
  settings.storage.retention = {std::chrono::hours(1), 1024};

  const Json json = settingsJson(settings);

  EXPECT_EQ(json["webhooks"]["tls"]["certificateFile"], "/etc/landfall/tls.crt");
  EXPECT_EQ(json["webhooks"]["tls"]["keyFile"], "/etc/landfall/tls.key");
  EXPECT_EQ(json["webhooks"]["tls"]["clientCaFile"], "/etc/landfall/clients.crt");
  EXPECT_EQ(json["admin"]["tls"]["certificateFile"], "");
  EXPECT_EQ(json["webhooks"]["trustedProxies"], Json::array({"10.0.0.0/8"}));
  EXPECT_EQ(json["refreshers"]["http"]["caFile"], "/etc/landfall/ca.crt");
  EXPECT_EQ(json["storage"]["retention"], (Json{{"ageMs", 3600000}, {"bytes", 1024}}));
}

TEST(SettingsView, ShowsNeitherHashesOfTokensNorArgumentsOfPrograms) {
  config::Settings settings;
  settings.admin.tokens = {{"ci", config::TokenScope::Read, std::string(64, 'f')}};
  settings.refreshers.programs["redeploy"] = {{"/usr/local/bin/redeploy", "--password=hunter2"},
                                              std::chrono::minutes(1)};

  const Json json = settingsJson(settings);

  EXPECT_EQ(json["refreshers"]["command"]["programs"]["redeploy"]["path"], "/usr/local/bin/redeploy");
  EXPECT_EQ(json.dump().find("hunter2"), std::string::npos);
  EXPECT_EQ(json.dump().find("ffff"), std::string::npos);
}

}  // namespace
}  // namespace landfall::http
