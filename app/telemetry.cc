// SPDX-License-Identifier: BSD-3-Clause
#include "app/telemetry.h"

#include <rte_telemetry.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "app/stats_json.h"

namespace dstfwd {
namespace {

using Json = nlohmann::ordered_json;

// Whom a callback asks; it runs on a thread of telemetry's own, and holds the lock meanwhile.
std::mutex g_lock;
const Session* g_session = nullptr;

using Tel = rte_tel_data;

Tel* container(const Json& json);

void add_member(Tel* data, const std::string& key, const Json& value) {
  const std::string name = key.substr(0, RTE_TEL_MAX_STRING_LEN - 1);
  if (value.is_object() || value.is_array())
    rte_tel_data_add_dict_container(data, name.c_str(), container(value), 0);
  else if (value.is_string())
    rte_tel_data_add_dict_string(data, name.c_str(), value.get_ref<const std::string&>().c_str());
  else if (value.is_number_float())
    rte_tel_data_add_dict_string(data, name.c_str(), value.dump().c_str());
  else
    rte_tel_data_add_dict_u64(
        data, name.c_str(),
        value.is_boolean() ? uint64_t{value.get<bool>()} : value.get<uint64_t>());
}

void fill_dict(Tel* data, const Json& object) {
  rte_tel_data_start_dict(data);
  for (const auto& [key, value] : object.items()) add_member(data, key, value);
}

// Of an array too: telemetry's arrays take two levels only as dictionaries by number.
Tel* container(const Json& json) {
  Tel* const data = rte_tel_data_alloc();
  if (data == nullptr) return nullptr;
  rte_tel_data_start_dict(data);
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) add_member(data, key, value);
    return data;
  }
  for (size_t i = 0; i < json.size(); ++i) add_member(data, std::to_string(i), json[i]);
  return data;
}

template <typename Part>
int answer(Tel* data, Part part) {
  const std::lock_guard lock(g_lock);
  if (g_session == nullptr) return -1;
  const Json json = part(g_session->stats());
  Json object = Json::object();
  if (json.is_array()) {
    for (size_t i = 0; i < json.size(); ++i) object[std::to_string(i)] = json[i];
  }
  fill_dict(data, json.is_array() ? object : json);
  return 0;
}

}  // namespace

Telemetry::Telemetry(const Session& session) {
  const std::lock_guard lock(g_lock);
  g_session = &session;
  using Callback = int (*)(const char*, const char*, Tel*);
  const auto add = [](const char* path, Callback callback, const char* help) {
    rte_telemetry_register_cmd(path, callback, help);
  };
  add(
      "/dstfwd/stats",
      [](const char*, const char*, Tel* data) {
        return answer(data, [](const Stats& stats) { return to_json(stats); });
      },
      "All statistics, as --stats-json writes them");
  add(
      "/dstfwd/ports",
      [](const char*, const char*, Tel* data) {
        return answer(data, [](const Stats& stats) { return to_json(stats.ports); });
      },
      "Ports and their counters");
  add(
      "/dstfwd/cache",
      [](const char*, const char*, Tel* data) {
        return answer(data, [](const Stats& stats) { return to_json(stats.cache); });
      },
      "The dst cache");
  add(
      "/dstfwd/gc",
      [](const char*, const char*, Tel* data) {
        return answer(data, [](const Stats& stats) { return to_json(stats.gc); });
      },
      "The collector");
  add(
      "/dstfwd/lcores",
      [](const char*, const char*, Tel* data) {
        return answer(data, [](const Stats& stats) { return to_json(stats.lcores); });
      },
      "Lcores, with quantiles of their poll gaps");
  add(
      "/dstfwd/latency",
      [](const char*, const char*, Tel* data) {
        return answer(data, [](const Stats& stats) { return to_json(stats.latency); });
      },
      "Poll gaps, residence and waits: of all forwarding lcores, and of each lcore");
}

Telemetry::~Telemetry() {
  const std::lock_guard lock(g_lock);
  g_session = nullptr;
}

}  // namespace dstfwd
