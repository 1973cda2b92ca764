#include "contender.hpp"

#include "file_contender.hpp"
#include "recipe_session.hpp"
#include "recipe_trigger.hpp"
#include "tidemark_contender.hpp"

#include <stdexcept>

namespace bench {
namespace {

/// Copies the whole database at each sync.
class Backup final : public RamCopy {
    void begin_capture() override {}
    void move_changes() override {
        const auto begin = Clock::now();
        copy_database(ram(), disk());
        set_last_apply(Clock::now() - begin);
    }
};

}  // namespace

std::unique_ptr<Contender> make_contender(std::string_view name) {
    using tidemark::Durability;
    using tidemark::Strategy;
    if (name == "memory") return std::make_unique<Memory>();
    if (name == "wal_full") return std::make_unique<File>("PRAGMA synchronous=FULL");
    if (name == "wal_normal") return std::make_unique<File>("PRAGMA synchronous=NORMAL");
    if (name == "wal_off_exclusive") {
        return std::make_unique<File>("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF");
    }
    if (name == "recipe_trigger") return std::make_unique<RecipeTrigger>();
    if (name == "recipe_session") return std::make_unique<RecipeSession>();
    if (name == "backup") return std::make_unique<Backup>();
    if (name == "tidemark_trigger") return std::make_unique<TidemarkContender>(Strategy::trigger);
    if (name == "tidemark_session") return std::make_unique<TidemarkContender>(Strategy::session);
    if (name == "tidemark_commit") {
        return std::make_unique<TidemarkContender>(Strategy::trigger, Durability::commit);
    }
    throw std::invalid_argument("no contender is called " + std::string{name});
}

const std::vector<std::string>& contender_names() {
    static const std::vector<std::string> names{
        "memory",         "wal_full", "wal_normal",       "wal_off_exclusive", "recipe_trigger",
        "recipe_session", "backup",   "tidemark_trigger", "tidemark_session"};
    return names;
}

}  // namespace bench
