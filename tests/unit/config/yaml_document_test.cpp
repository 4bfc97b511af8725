// SPDX-License-Identifier: Apache-2.0
#include "core/config/yaml_document.h"

#include <gtest/gtest.h>

#include <random>

namespace landfall::config {
namespace {

YamlFile yaml(std::string_view text) { return readYaml(text, YamlSyntax::Yaml); }

std::string failureOf(std::string_view text) {
  const auto file = yaml(text);
  return file.failure ? std::to_string(file.failure->line) + ": " + file.failure->message : "none";
}

TEST(YamlDocument, KeepsTheLineOfEveryValueAndKey) {
  const auto file = yaml("# comment\na: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n");

  ASSERT_FALSE(file.failure);
  const YamlNode& root = *file.documents.at(0).root;
  EXPECT_EQ(root.find("a")->line, 2u);
  EXPECT_EQ(root.find("b")->line, 3u);
  EXPECT_EQ(root.find("b")->value->items[1]->find("d")->line, 6u);
  EXPECT_EQ(root.find("b")->value->items[1]->find("d")->value->text, "3");
}

TEST(YamlDocument, ReadsSeveralDocumentsAndLeavesOutEmptyOnes) {
  const auto file = yaml("---\na: 1\n---\n---\nb: 2\n...\n");

  ASSERT_FALSE(file.failure);
  ASSERT_EQ(file.documents.size(), 2u);
  EXPECT_NE(file.documents[1].root->find("b"), nullptr);
}

TEST(YamlDocument, KeepsTheDocumentsBeforeAFailure) {
  const auto file = yaml("a: 1\n---\nb: [1\n---\n");

  EXPECT_EQ(file.documents.size(), 1u);
  ASSERT_TRUE(file.failure);
  EXPECT_GE(file.failure->line, 3u);
}

TEST(YamlDocument, NothingIsNoDocument) {
  EXPECT_TRUE(yaml("").documents.empty());
  EXPECT_TRUE(yaml("# only a comment\n").documents.empty());
  EXPECT_FALSE(yaml("").failure);
}

TEST(YamlDocument, TellsTextFromNumbersAndBooleansAsKubernetesDoes) {
  const auto file = yaml("[1.2.3, 1.2, 12, 0x1f, true, off, '5', \"true\", ^1.0, 1e3, .inf, 2026-11-20, !!str 5, 1_0]");
  const auto& items = file.documents.at(0).root->items;
  const std::vector<ScalarType> expected{
      ScalarType::Text,    ScalarType::Float, ScalarType::Integer, ScalarType::Integer, ScalarType::Boolean,
      ScalarType::Boolean, ScalarType::Text,  ScalarType::Text,    ScalarType::Text,    ScalarType::Float,
      ScalarType::Float,   ScalarType::Text,  ScalarType::Text,    ScalarType::Integer};

  ASSERT_EQ(items.size(), expected.size());
  for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(scalarType(*items[i]), expected[i]) << items[i]->text;
}

TEST(YamlDocument, ReadsJson) {
  const auto file = readYaml("{\"a\":[1,\"x\\/y\\u00e9\\ud83d\\ude00\",null,true],\n\t\"b\": {\"c\":\"\\\\ud83d\"}}",
                             YamlSyntax::Json);

  ASSERT_FALSE(file.failure) << file.failure->message;
  const YamlNode& root = *file.documents.at(0).root;
  EXPECT_EQ(root.find("a")->value->items[1]->text, "x/y\u00e9\U0001F600");
  EXPECT_EQ(root.find("a")->value->items[2]->kind, YamlNode::Kind::Null);
  EXPECT_EQ(root.find("b")->value->find("c")->value->text, "\\ud83d");
}

TEST(YamlDocument, NamesDoubledKeysWithBothLinesAndTakesTheLast) {
  const auto file = yaml("a: 1\nb: 2\na: 3\n");

  const auto& document = file.documents.at(0);
  ASSERT_EQ(document.duplicates.size(), 1u);
  EXPECT_EQ(document.duplicates[0].key, "a");
  EXPECT_EQ(document.duplicates[0].first_line, 1u);
  EXPECT_EQ(document.duplicates[0].line, 3u);
  EXPECT_EQ(document.root->find("a")->value->text, "3");
}

TEST(YamlDocument, ExpandsAliases) {
  const auto file = yaml("a: &x {k: v}\nb: *x\n");

  ASSERT_FALSE(file.failure);
  EXPECT_EQ(file.documents.at(0).root->find("b")->value->find("k")->value->text, "v");
}

TEST(YamlDocument, RefusesAnAnchorBombBeforeItGrows) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    bomb += "]\n";
  }

  EXPECT_EQ(failureOf(bomb), "6: more than 1000000 values once its aliases are expanded");
}

TEST(YamlDocument, RefusesAnAnchorBombSpreadOverManyDocuments) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text +=
        "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
        "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
        "e: [*d, *d, *d, *d, *d, *d, *d, *d]\n---\n";
  }

  EXPECT_NE(failureOf(text).find("more than 1000000 values"), std::string::npos);
}

TEST(YamlDocument, RefusesAnAliasInsideOfWhatItStandsFor) {
  EXPECT_EQ(failureOf("a: &a\n  b: *a\n"), "2: an alias stands inside of what it stands for");
}

TEST(YamlDocument, RefusesDeepNestingInEveryForm) {
  EXPECT_EQ(failureOf("a: " + std::string(1000, '[') + std::string(1000, ']')), "1: nested too deeply");
  EXPECT_EQ(failureOf(std::string(100'000, '[') + std::string(100'000, ']')), "1: nested too deeply");
  EXPECT_EQ(failureOf(std::string(70, '[') + std::string(70, ']')), "1: nested too deeply");
  std::string block;
  for (int i = 0; i < 100; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(failureOf(block), "65: nested too deeply");
  std::string aliases = "a0: &a0 [x]\n";
  for (int i = 1; i < 80; ++i) {
    aliases += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_NE(failureOf(aliases).find("nested too deeply"), std::string::npos);
  EXPECT_EQ(failureOf(std::string(60, '[') + std::string(60, ']')), "none");
}

TEST(YamlDocument, RefusesBracketsThatAreNeverClosed) {
  const std::string expected = "1: a list or mapping in the place of a key, or a bracket that is never closed";
  EXPECT_EQ(failureOf(std::string(100'000, '[')), expected);
  EXPECT_EQ(failureOf("{\"a\": 1,\n \"b\": 2\n"), expected);
}

TEST(YamlDocument, RefusesMoreValuesThanItWouldKeepBeforeTheParserBuffersThem) {
  EXPECT_EQ(failureOf("a:\n" + std::string(1'000'001, '[')), "2: more than 1000000 values");
}

TEST(YamlDocument, RefusesWhatIsNoText) {
  EXPECT_EQ(failureOf("a: 1\nb: \x04\nc: 3\n"), "2: the file holds a control character (0x04)");
  EXPECT_EQ(failureOf(std::string_view("a\0b", 3)), "1: the file holds a control character (0x00)");
  EXPECT_EQ(failureOf("a: 1\nb: \xff\n"), "2: the file holds bytes that are no UTF-8");
  EXPECT_EQ(failureOf("\xff\xfe\x61\x00"), "1: the file holds bytes that are no UTF-8");
  EXPECT_EQ(failureOf("a: \xed\xa0\x80"), "1: the file holds bytes that are no UTF-8");
  EXPECT_EQ(failureOf("\xef\xbb\xbf"
                      "a: 1\n"),
            "none");
}

TEST(YamlDocument, RefusesWhatOtherReadersUnderstandOtherwise) {
  EXPECT_EQ(failureOf("a: &a {x: 1}\nb:\n  <<: *a\n"), "3: merge keys (<<) are not supported");
  EXPECT_EQ(failureOf("a: !secret x\n"), "1: an unknown tag");
  EXPECT_EQ(failureOf("a: !!binary eA==\n"), "1: an unknown tag");
  EXPECT_EQ(failureOf("? [a]\n: 1\n").substr(0, 33), "1: a list or mapping in the place");
  EXPECT_EQ(failureOf("~: 1\n"), "1: a key that is no text");
}

TEST(YamlDocument, TurnsTheParsersExceptionsIntoAFailureWithALine) {
  EXPECT_EQ(failureOf("a: 1\n  b: 2\n").substr(0, 3), "2: ");
  EXPECT_EQ(failureOf("a: 1\nb: *nowhere\n").substr(0, 3), "2: ");
  EXPECT_EQ(failureOf("a: \"\\q\"\n").substr(0, 3), "1: ");
}

TEST(YamlDocument, SurvivesDamagedText) {
  const std::string good =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\nstringData:\n  key: &k |-\n    text\n  other: "
      "*k\n"
      "--- # next\nlist:\n- [1, 'two', \"three\\n\"]\n- ? a\n  : >\n    folded\n";
  std::mt19937 random(20261121);
  const std::string bytes = "{}[]&*!|>'\"%@`#,:-?\n \t\\ax0~<";
  for (int round = 0; round < 1000; ++round) {
    std::string text = good;
    for (int change = 0; change < 4; ++change) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = bytes[random() % bytes.size()];
          break;
        case 1:
          text.insert(at, 1, bytes[random() % bytes.size()]);
          break;
        default:
          text.erase(at, random() % 5);
      }
    }
    const auto file = yaml(text);
    EXPECT_TRUE(file.failure || !file.documents.empty()) << text;
  }
}

}  // namespace
}  // namespace landfall::config
