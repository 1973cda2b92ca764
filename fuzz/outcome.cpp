#include "outcome.hpp"

#include <cstddef>
#include <sstream>

namespace tidemark::fuzz {
namespace {

using tests::Rows;

std::string show(const Rows& rows) {
    std::ostringstream out;
    for (std::size_t i = 0; i < rows.size() && i < 12; ++i) {
        out << "\n    (";
        for (std::size_t j = 0; j < rows[i].size(); ++j) {
            out << (j > 0 ? ", " : "") << rows[i][j].to_string();
        }
        out << ")";
    }
    return out.str();
}

template <typename T>
void compare(std::ostringstream& out, const char* what, const T& plain, const T& kept) {
    if (plain == kept) return;
    out << "  " << what << ": " << plain << " without tidemark, " << kept << " with it\n";
}

}  // namespace

std::string describe_difference(const Outcome& plain, const Outcome& kept) {
    std::ostringstream out;
    compare(out, "result code", plain.rc, kept.rc);
    compare(out, "message", plain.message, kept.message);
    compare(out, "changes()", plain.changes, kept.changes);
    compare(out, "total_changes()", plain.total_changes, kept.total_changes);
    compare(out, "last_insert_rowid()", plain.last_insert_rowid, kept.last_insert_rowid);
    compare(out, "in a transaction", plain.in_transaction, kept.in_transaction);
    compare(out, "writing", plain.writing, kept.writing);
    if (plain.rows != kept.rows) {
        out << "  rows: " << plain.rows.size() << " without tidemark:" << show(plain.rows) << "\n  "
            << kept.rows.size() << " with it:" << show(kept.rows) << '\n';
    }
    return out.str();
}

}  // namespace tidemark::fuzz
