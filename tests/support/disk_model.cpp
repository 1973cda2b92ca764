#include "support/disk_model.hpp"

#include "support/temporary_directory.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace tidemark::tests {

/// One loss of power: decides for each change whether the medium has seen it.
class DiskModel::PowerLoss {
public:
    PowerLoss(const DiskModel& model, std::uint32_t seed)
        : device_(model.device_),
          random_(seed),
          kept_of_4_(roll(5)),
          last_(model.changes_before_last_sync_ +
                roll(model.changes_ - model.changes_before_last_sync_ + 1)) {}

    [[nodiscard]] std::string content(const File& file) {
        std::string content = file.synced_;
        for (const Change& change : file.later_) {
            apply(change, content);
        }
        return content;
    }

    [[nodiscard]] FilePointer file_at(const Entry& entry) {
        FilePointer file = entry.synced;
        std::uint64_t steps = roll(entry.later.size() + 1);
        for (const auto& [number, later] : entry.later) {
            if (has(SQLITE_IOCAP_SEQUENTIAL) ? number > last_ : steps-- == 0) break;
            file = later;
        }
        return file;
    }

private:
    [[nodiscard]] std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }
    [[nodiscard]] bool has(int characteristic) const {
        return (device_.characteristics & characteristic) != 0;
    }

    void apply(const Change& change, std::string& content) {
        if (has(SQLITE_IOCAP_SEQUENTIAL)) {
            if (change.number <= last_) DiskModel::apply(change, content);
            if (change.number == last_ + 1 && !change.is_truncation) tear(change, content);
            return;
        }
        const bool kept = roll(4) < kept_of_4_;
        if (change.is_truncation) {
            if (kept) DiskModel::apply(change, content);
        } else if (has(SQLITE_IOCAP_SAFE_APPEND) &&
                   change.offset + change.bytes.size() > content.size()) {
            append(change, kept, content);
        } else if (kept) {
            make_room(change.offset, content);
            DiskModel::apply(change, content);
        } else if (!has(SQLITE_IOCAP_ATOMIC) && roll(4) == 0) {
            tear(change, content);
        }
    }

    void append(const Change& change, bool kept, std::string& content) {
        if (change.offset > content.size()) return;
        Change part = change;
        if (!kept) part.bytes.resize(has(SQLITE_IOCAP_ATOMIC) ? 0 : roll(part.bytes.size()));
        DiskModel::apply(part, content);
    }

    void tear(const Change& change, std::string& content) {
        const auto sector = static_cast<std::uint64_t>(device_.sector_bytes);
        const std::uint64_t end = change.offset + change.bytes.size();
        for (std::uint64_t first = change.offset / sector * sector; first < end; first += sector) {
            const std::uint64_t from = std::max(first, change.offset);
            const std::uint64_t to = std::min(first + sector, end);
            switch (roll(4)) {
                case 0:
                    make_room(from, content);
                    DiskModel::apply(
                        {.offset = from,
                         .bytes = change.bytes.substr(from - change.offset, to - from)},
                        content);
                    break;
                case 1:
                    if (has(SQLITE_IOCAP_POWERSAFE_OVERWRITE)) {
                        spoil(from, to, content);
                    } else {
                        spoil(first, first + sector, content);
                    }
                    break;
                default:
                    break;
            }
        }
    }

    // A file that ends before what is written next.
    void make_room(std::uint64_t offset, std::string& content) {
        if (offset <= content.size()) return;
        const std::uint64_t end = content.size();
        content.resize(offset);
        if (roll(2) == 0) spoil(end, offset, content);
    }

    void spoil(std::uint64_t from, std::uint64_t to, std::string& content) {
        make_room(from, content);
        if (content.size() < to) content.resize(to);
        for (std::uint64_t i = from; i < to; ++i) content[i] = static_cast<char>(random_());
    }

    const Device device_;
    std::mt19937 random_;
    const std::uint64_t kept_of_4_;
    const std::uint64_t last_;
};

void DiskModel::apply(const Change& change, std::string& content) {
    if (change.is_truncation) {
        content.resize(change.offset);
        return;
    }
    content.resize(std::max<std::size_t>(content.size(), change.offset + change.bytes.size()));
    content.replace(change.offset, change.bytes.size(), change.bytes);
}

DiskModel::FilePointer DiskModel::adopt(const std::string& path, std::string content) {
    auto file = std::make_shared<File>();
    file->synced_ = std::move(content);
    entries_[path].synced = file;
    return file;
}

DiskModel::FilePointer DiskModel::create(const std::string& path) {
    auto file = std::make_shared<File>();
    set_entry(path, file);
    return file;
}

void DiskModel::remove(const std::string& path) { set_entry(path, nullptr); }

void DiskModel::set_entry(const std::string& path, FilePointer file) {
    entries_[path].later.emplace_back(++changes_, std::move(file));
}

void DiskModel::write(File& file, std::uint64_t offset, std::string_view bytes) {
    file.later_.push_back({.number = ++changes_, .offset = offset, .bytes = std::string(bytes)});
}

void DiskModel::truncate(File& file, std::uint64_t size) {
    file.later_.push_back({.number = ++changes_, .is_truncation = true, .offset = size});
}

void DiskModel::sync(File& file) {
    for (const Change& change : file.later_) apply(change, file.synced_);
    file.later_.clear();
    changes_before_last_sync_ = changes_;
}

void DiskModel::sync_folder(const std::string& path) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    for (auto& [name, entry] : entries_) {
        if (std::filesystem::path(name).parent_path() != folder) continue;
        entry.synced = entry.now();
        entry.later.clear();
    }
    changes_before_last_sync_ = changes_;
}

void DiskModel::restore_all() {
    std::map<std::string, FilePointer> files;
    for (auto& [path, entry] : entries_) {
        files[path] = entry.now();
        if (files[path] != nullptr) sync(*files[path]);
    }
    restore(files);
}

void DiskModel::restore_after_power_loss(std::uint32_t seed) {
    PowerLoss power_loss(*this, seed);
    std::map<std::string, FilePointer> files;
    for (const auto& [path, entry] : entries_) {
        files[path] = power_loss.file_at(entry);
        if (files[path] == nullptr) continue;
        files[path]->synced_ = power_loss.content(*files[path]);
        files[path]->later_.clear();
    }
    restore(files);
}

void DiskModel::restore(const std::map<std::string, FilePointer>& files) {
    entries_.clear();
    for (const auto& [path, file] : files) {
        entries_[path].synced = file;
        if (file == nullptr) {
            std::filesystem::remove(path);
        } else if (!std::filesystem::exists(path) || read_file(path) != file->synced_) {
            // A new file: ext4 waits for the medium when one is made empty and written again.
            std::filesystem::remove(path);
            write_file(path, file->synced_);
        }
    }
}

}  // namespace tidemark::tests
