#include "runner.hpp"

#include "scratch_folder.hpp"

#include <algorithm>
#include <regex>
#include <stdexcept>

namespace bench {
namespace {

/// Per measure, per contender, one sample per round.
using Samples = std::vector<std::map<std::string, std::vector<Sample>>>;

struct Planned {
    Experiment experiment;
    std::vector<bool> wanted;  // per measure
    Samples samples;
};

Experiments all_experiments(const Settings& settings) {
    Experiments all;
    add_throughput(all, settings);
    add_latency(all, settings);
    add_sync(all, settings);
    add_medium(all, settings);
    add_memory(all, settings);
    add_big_files(all, settings);
    add_durable(all, settings);
    return all;
}

std::vector<Planned> plan(const Settings& settings) {
    const std::regex only{settings.only, std::regex::icase};
    std::vector<Planned> result;
    for (Experiment& experiment : all_experiments(settings)) {
        std::vector<bool> wanted;
        for (const Measure& measure : experiment.measures) {
            wanted.push_back(std::regex_search(measure.name, only));
        }
        if (std::find(wanted.begin(), wanted.end(), true) != wanted.end()) {
            Samples samples(experiment.measures.size());
            result.push_back({std::move(experiment), std::move(wanted), std::move(samples)});
        }
    }
    return result;
}

template <class Get>
std::vector<double> each(const std::vector<Sample>& samples, Get get) {
    std::vector<double> values;
    std::transform(samples.begin(), samples.end(), std::back_inserter(values), get);
    return values;
}

std::optional<Percentiles> summarize_percentiles(const std::vector<Sample>& samples) {
    if (!samples.front().percentiles) {
        return {};
    }
    const auto median_by = [&](double Percentiles::*part) {
        return median_of(
            each(samples, [part](const Sample& sample) { return (*sample.percentiles).*part; }));
    };
    return Percentiles{.p50 = median_by(&Percentiles::p50),
                       .p99 = median_by(&Percentiles::p99),
                       .p999 = median_by(&Percentiles::p999),
                       .max = median_by(&Percentiles::max)};
}

/// Round by round; empty when there is nothing to compare with.
std::vector<double> ratios_of(const std::vector<Sample>& samples, const std::vector<Sample>* base) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < samples.size(); ++round) {
        const bool has_base = base != nullptr && round < base->size();
        const double other = samples[round].own_base.value_or(has_base ? (*base)[round].value : 0);
        if (other > 0) {
            ratios.push_back(samples[round].value / other);
        }
    }
    return ratios;
}

Result summarize(const std::string& contender, const std::vector<Sample>& samples,
                 const std::vector<Sample>* base) {
    const std::vector<double> values =
        each(samples, [](const Sample& sample) { return sample.value; });
    Result result{.contender = contender,
                  .median = median_of(values),
                  .low = *std::min_element(values.begin(), values.end()),
                  .high = *std::max_element(values.begin(), values.end()),
                  .percentiles = summarize_percentiles(samples)};
    const std::vector<double> ratios = ratios_of(samples, base);
    if (!ratios.empty()) {
        result.has_ratio = true;
        result.ratio = median_of(ratios);
        result.ratio_low = *std::min_element(ratios.begin(), ratios.end());
        result.ratio_high = *std::max_element(ratios.begin(), ratios.end());
    }
    return result;
}

std::vector<Outcome> summarize(const std::vector<Planned>& plan) {
    std::vector<Outcome> outcomes;
    for (const Planned& planned : plan) {
        const Experiment& experiment = planned.experiment;
        for (std::size_t i = 0; i < experiment.measures.size(); ++i) {
            if (!planned.wanted[i]) {
                continue;
            }
            Outcome outcome{experiment.measures[i], {}};
            const auto& samples = planned.samples[i];
            const auto base = samples.find(outcome.measure.base);
            for (const std::string& name : experiment.contenders) {
                if (const auto found = samples.find(name); found != samples.end()) {
                    outcome.results.push_back(summarize(
                        name, found->second, base != samples.end() ? &base->second : nullptr));
                }
            }
            outcomes.push_back(std::move(outcome));
        }
    }
    return outcomes;
}

void run_once(Planned& planned, const std::string& contender, const Input& input,
              const Settings& settings) {
    const ScratchFolder folder{settings.folder};
    const Place place{.folder = folder.path(), .input = input, .settings = settings};
    try {
        const std::vector<Sample> samples = planned.experiment.run(contender, place);
        for (std::size_t i = 0; i < samples.size(); ++i) {
            planned.samples[i][contender].push_back(samples[i]);
        }
    } catch (const std::exception& error) {
        throw std::runtime_error(planned.experiment.measures.front().name + ", " + contender +
                                 ": " + error.what());
    }
}

}  // namespace

const Result* Outcome::find(std::string_view contender) const {
    const auto found = std::find_if(results.begin(), results.end(), [&](const Result& result) {
        return result.contender == contender;
    });
    return found == results.end() ? nullptr : &*found;
}

std::vector<std::string> measure_names(const Settings& settings) {
    std::vector<std::string> names;
    for (const Outcome& outcome : summarize(plan(settings))) {
        names.push_back(outcome.measure.name);
    }
    return names;
}

void run_all(const Settings& settings, const Progress& progress, const RoundDone& round_done) {
    std::vector<Planned> planned = plan(settings);
    std::uint64_t total = 0;
    for (const Planned& one : planned) {
        total += one.experiment.contenders.size() * static_cast<std::uint64_t>(settings.rounds);
    }
    const Input input{settings.seed};
    std::uint64_t done = 0;
    for (int round = 0; round < settings.rounds; ++round) {
        for (Planned& one : planned) {
            const auto& names = one.experiment.contenders;
            for (std::size_t i = 0; i < names.size(); ++i) {
                progress(done++, total);
                run_once(one, names[(i + static_cast<std::size_t>(round)) % names.size()], input,
                         settings);
            }
        }
        round_done(summarize(planned));
    }
    progress(total, total);
}

double median_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace bench
