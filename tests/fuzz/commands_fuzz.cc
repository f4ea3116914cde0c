// SPDX-License-Identifier: BSD-3-Clause
// The command language over a router without lcores. Input: lines, as a command file has them.
// Whatever they say: a mistake gets one line, a line that check() refuses does nothing, what was
// added is there and what was deleted is not (ip(8)'s semantics), and all that show prints can be
// printed.
#include <string>
#include <string_view>

#include "app/router_commands.h"
#include "eal.h"

namespace dstfwd::fuzz {
namespace {

constexpr size_t kMaxLines = 64;
constexpr MacAddress kMacs[] = {{{0x02, 0, 0, 0, 0, 0x01}}, {{0x02, 0, 0, 0, 0, 0x02}}};

class Run {
 public:
  Run() {
    RouterConfig config;
    config.fib4 = config.fib6 = {.kind = FibKind::kTree, .routes = 128};
    config.max_next_hops = 512;
    config.max_groups = 64;
    auto made = Router::create(config);
    require(static_cast<bool>(made), "the router starts");
    router_ = std::move(*made);
    uint16_t port = 0;
    for (const MacAddress& mac : kMacs)
      require(static_cast<bool>(router_->port_add(PortId{port++}, mac, 1500)), "a port is added");
    const RouterSource source = [this]() -> Router& { return *router_; };
    add_router_commands(table_, source);
    add_router_show(table_, source);
    commit();
  }

  void line(std::string_view text) {
    const bool known = static_cast<bool>(table_.check(text));
    const uint64_t version = router_->version();
    const Result<std::string> answer = table_.execute(text);
    for (const std::string& word : table_.completions(text))
      require(!word.empty(), "a completion is a word");
    if (!answer) {
      const std::string& message = answer.error().message;
      require(!message.empty() && message.find('\n') == std::string::npos,
              "a mistake gets one line");
      require(router_->version() == version, "a refused line changes nothing");
    }
    require(known || !answer, "what check() refuses is not done");
    if (answer) twice(text);
    if (text.size() % 3 == 0) commit();
  }
  void end() {
    commit();
    for (const char* show : {"show address", "show route", "show neigh", "show link"})
      require(static_cast<bool>(table_.execute(show)), "what is there can be shown");
    (void)table_.help();
  }

 private:
  // The same again, right after it was done.
  void twice(std::string_view text) {
    const std::vector<std::string_view> words = split_words(text);
    if (words.size() < 2 || words[0] == "show" || words[0] == "cache") return;
    const bool again = static_cast<bool>(table_.execute(text));
    if (words[1] == "add") require(!again, "what was added is there");
    if (words[1] == "del") require(!again, "what was deleted is not there");
    if (words[1] == "replace" || words[1] == "set") require(again, "setting twice is setting once");
  }
  void commit() {
    // 128 routes and more need not fit; then they stay pending.
    (void)router_->commit();
    router_->maintain();
  }

  std::unique_ptr<Router> router_;
  CommandTable table_;
};

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  dstfwd::fuzz::init_eal();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd::fuzz;
  Run run;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (size_t lines = 0; !rest.empty() && lines < kMaxLines; ++lines) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    run.line(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  run.end();
  return 0;
}
