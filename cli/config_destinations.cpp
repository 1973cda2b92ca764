#include "config_destinations.hpp"

#include <tidemark/destination.hpp>

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

namespace cli {
namespace {

class DestinationReader {
public:
    DestinationReader(const Resolve& resolve, const Complain& complain)
        : resolve_(resolve), complain_(complain) {}

    [[nodiscard]] std::vector<tidemark::DestinationOptions> read(const toml::node& node) const {
        std::vector<tidemark::DestinationOptions> destinations;
        for_each_table(node, "destinations", [&](const toml::table& table) {
            destinations.push_back(read_destination(table));
        });
        return destinations;
    }

private:
    template <typename Visit>
    void for_each_table(const toml::node& node, std::string_view name, Visit visit) const {
        const toml::array* const list = node.as_array();
        if (list == nullptr) {
            complain_(node, fmt::format("it is written as [[{}]]", name));
            return;
        }
        for (const toml::node& element : *list) {
            if (const toml::table* table = element.as_table()) {
                visit(*table);
            } else {
                complain_(element, fmt::format("it is written as [[{}]]", name));
            }
        }
    }

    [[nodiscard]] tidemark::DestinationOptions read_destination(const toml::table& table) const {
        tidemark::DestinationOptions destination;
        std::string file;
        for (const auto& [key, node] : table) {
            if (key == "name") {
                destination.name = text(key, node);
            } else if (key == "file") {
                file = text(key, node);
            } else if (key == "tables") {
                for_each_table(node, "destinations.tables", [&](const toml::table& rule) {
                    destination.rules.push_back(read_rule(rule));
                });
            } else {
                complain_(node,
                          fmt::format("'{}' is not known in [[destinations]]; there are name, "
                                      "file and tables",
                                      key.str()));
            }
        }
        if (file.empty()) complain_(table, "it has no file");
        if (destination.name.empty()) destination.name = file;
        destination.destination = tidemark::sqlite_destination(resolve_(file));
        return destination;
    }

    [[nodiscard]] tidemark::TableRule read_rule(const toml::table& table) const {
        tidemark::TableRule rule;
        for (const auto& [key, node] : table) {
            if (key == "table") {
                rule.table = text(key, node);
            } else if (key == "rename") {
                rule.rename = text(key, node);
            } else if (key == "when") {
                rule.when = text(key, node);
            } else if (key == "exclude") {
                rule.exclude = truth(key, node);
            } else if (key == "columns") {
                rule.columns = texts(key, node);
            } else {
                complain_(node,
                          fmt::format("'{}' is not known in [[destinations.tables]]; there are "
                                      "table, exclude, rename, when and columns",
                                      key.str()));
            }
        }
        if (rule.table.empty()) complain_(table, "it names no table");
        return rule;
    }

    [[nodiscard]] std::string text(const toml::key& key, const toml::node& node) const {
        if (const auto* value = node.as_string()) return value->get();
        complain_(node, fmt::format("{}: it takes text", key.str()));
        return {};
    }

    [[nodiscard]] bool truth(const toml::key& key, const toml::node& node) const {
        if (const auto* value = node.as_boolean()) return value->get();
        complain_(node, fmt::format("{}: it takes true or false", key.str()));
        return false;
    }

    [[nodiscard]] std::vector<std::string> texts(const toml::key& key,
                                                 const toml::node& node) const {
        std::vector<std::string> values;
        const toml::array* const list = node.as_array();
        if (list == nullptr) {
            complain_(node, fmt::format("{}: it takes an array of texts", key.str()));
            return values;
        }
        for (const toml::node& element : *list) values.push_back(text(key, element));
        return values;
    }

    const Resolve& resolve_;
    const Complain& complain_;
};

}  // namespace

std::vector<tidemark::DestinationOptions> read_destinations(const toml::node& node,
                                                            const Resolve& resolve,
                                                            const Complain& complain) {
    return DestinationReader(resolve, complain).read(node);
}

}  // namespace cli
