// SPDX-License-Identifier: Apache-2.0
// A tool of the build: writes a YAML document as a C++ source that holds the same in JSON.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace {

using Json = nlohmann::ordered_json;

// GCC takes longer literals; the standard promises no more than 64 KiB.
constexpr std::size_t kMostPerLiteral = 8000;

Json scalarToJson(const YAML::Node& node) {
  const std::string text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  const Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_primitive() && !parsed.is_discarded() ? parsed : Json(text);
}

Json toJson(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(toJson(item));
      return list;
    }
    case YAML::NodeType::Map: {
      Json object = Json::object();
      for (const auto& member : node) {
        const auto name = member.first.as<std::string>();
        if (object.contains(name)) {
          throw std::runtime_error("line " + std::to_string(member.first.Mark().line + 1) + ": " + name +
                                   " comes twice");
        }
        object[name] = toJson(member.second);
      }
      return object;
    }
    case YAML::NodeType::Scalar:
      return scalarToJson(node);
    default:
      return nullptr;
  }
}

void writeSource(std::ostream& out, const std::string& json, const std::string& name) {
  out << "// SPDX-License-Identifier: Apache-2.0\n// Made by yaml_to_json_main.cpp from the document beside the "
         "sources.\n"
      << "extern const char* const " << name << ";\nconst char* const " << name << " =\n";
  for (std::size_t at = 0; at < json.size(); at += kMostPerLiteral) {
    out << "    R\"json(" << json.substr(at, kMostPerLiteral) << ")json\"\n";
  }
  out << "    ;\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: yaml_to_json <in.yaml> <out.cpp> <name of the constant>\n";
    return 2;
  }
  try {
    const Json document = toJson(YAML::LoadFile(argv[1]));
    std::ofstream out(argv[2], std::ios::trunc);
    writeSource(out, document.dump(), argv[3]);
    return out.good() ? 0 : 1;
  } catch (const std::exception& problem) {
    std::cerr << argv[1] << ": " << problem.what() << '\n';
    return 1;
  }
}
