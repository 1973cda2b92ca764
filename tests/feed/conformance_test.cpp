// The suite for destinations, with the one that comes with tidemark and the example of another one.

#include "feed/subjects.hpp"

namespace tidemark::conformance {

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, DestinationConformance, tests::SqliteSubject);
INSTANTIATE_TYPED_TEST_SUITE_P(JsonLines, DestinationConformance, tests::JsonLinesSubject);

}  // namespace tidemark::conformance
