/* Usage: c_api_test CASE STRATEGY FOLDER. Everything of tidemark.h, used by a program in C. */

#include "c_api/kept.h"

typedef struct named_case {
    const char* name;
    void (*run)(const world* w);
} named_case;

static const named_case cases[] = {
    {"life", case_life},
    {"failed_open", case_failed_open},
    {"attach", case_attach},
    {"timeouts", case_timeouts},
    {"authorizer", case_authorizer},
    {"options", case_options},
    {"complaints", case_complaints},
    {"prepare", case_prepare},
    {"observer", case_observer},
    {"history", case_history},
    {"row", case_row},
    {"restore", case_restore},
    {"undo", case_undo},
    {"destinations", case_destinations},
    {"own_destination", case_own_destination},
    {"refused_destinations", case_refused_destinations},
    {"misuse", case_misuse},
};

int main(int count, char** arguments) {
    world w;
    size_t i;
    if (count != 4) {
        fprintf(stderr, "usage: c_api_test CASE STRATEGY FOLDER\n");
        return 2;
    }
    w.strategy =
        equals(arguments[2], "trigger") ? TIDEMARK_STRATEGY_TRIGGER : TIDEMARK_STRATEGY_SESSION;
    w.folder = arguments[3];
    CHECK(equals(tidemark_strategy_name(w.strategy), arguments[2]));
    for (i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        if (!equals(cases[i].name, arguments[1])) continue;
        cases[i].run(&w);
        return 0;
    }
    fprintf(stderr, "there is no case %s\n", arguments[1]);
    return 2;
}
