#include "history/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tidemark::history {

struct Checksum::State {
    XXH3_state_t hash{};
};

Checksum::Checksum(std::uint64_t batch) : state_(std::make_unique<State>()) {
    XXH3_64bits_reset_withSeed(&state_->hash, batch);
}

Checksum::~Checksum() = default;

void Checksum::add(std::string_view bytes) {
    XXH3_64bits_update(&state_->hash, bytes.data(), bytes.size());
}

std::uint64_t Checksum::value() const { return XXH3_64bits_digest(&state_->hash); }

}  // namespace tidemark::history
