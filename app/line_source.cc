// SPDX-License-Identifier: BSD-3-Clause
#include "app/line_source.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace dstfwd {
namespace {

bool wait_readable(int fd, int timeout_ms) {
  pollfd waited{fd, POLLIN, 0};
  return poll(&waited, 1, timeout_ms) > 0;
}

class Pipe final : public LineSource {
 public:
  void read(int timeout_ms, std::vector<std::string>& lines) override {
    if (ended_ || !wait_readable(STDIN_FILENO, timeout_ms)) return;
    char some[65536];
    const ssize_t n = ::read(STDIN_FILENO, some, sizeof some);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    ended_ = n <= 0;
    if (n > 0) begun_.append(some, static_cast<size_t>(n));
    for (size_t end = 0; (end = begun_.find('\n')) != std::string::npos;) {
      lines.push_back(begun_.substr(0, end));
      begun_.erase(0, end + 1);
    }
    if (ended_ && !begun_.empty()) lines.push_back(std::move(begun_));
  }

 private:
  std::string begun_;  // a line without its end yet
};

// libedit, a character at a time, so that the control thread never waits in it.
class Terminal final : public LineSource {
 public:
  explicit Terminal(const CommandTable& commands)
      : commands_(&commands),
        history_(history_init(), history_end),
        editor_(el_init("dstfwd", stdin, stdout, stderr), el_end) {
    HistEvent event{};
    history(history_.get(), &event, H_SETSIZE, 500);
    el_set(editor_.get(), EL_CLIENTDATA, this);
    el_set(editor_.get(), EL_PROMPT, prompt);
    el_set(editor_.get(), EL_EDITOR, "emacs");
    el_set(editor_.get(), EL_HIST, history, history_.get());
    el_set(editor_.get(), EL_ADDFN, "complete", "completes a command", complete);
    el_set(editor_.get(), EL_BIND, "\t", "complete", nullptr);
    el_set(editor_.get(), EL_SIGNAL, 0);
    el_set(editor_.get(), EL_UNBUFFERED, 1);
  }
  ~Terminal() override { el_set(editor_.get(), EL_UNBUFFERED, 0); }

  void read(int timeout_ms, std::vector<std::string>& lines) override {
    if (ended_ || !wait_readable(STDIN_FILENO, timeout_ms)) return;
    int length = 0;
    const char* const text = el_gets(editor_.get(), &length);
    if (text == nullptr || length <= 0) {
      ended_ = length <= 0 && text == nullptr;
      return;
    }
    std::string line(text, static_cast<size_t>(length));
    if (line.back() == '\x04') ended_ = true;
    if (line.back() != '\n') return;
    line.pop_back();
    if (!line.empty()) {
      HistEvent event{};
      history(history_.get(), &event, H_ENTER, line.c_str());
    }
    lines.push_back(std::move(line));
  }

 private:
  static char* prompt(EditLine*) {
    static char text[] = "dstfwd> ";
    return text;
  }
  static unsigned char complete(EditLine* editor, int) {
    Terminal* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    const LineInfo* const line = el_line(editor);
    const std::string before(line->buffer, static_cast<size_t>(line->cursor - line->buffer));
    const std::vector<std::string> words = self->commands_->completions(before);
    if (words.empty()) return CC_ERROR;
    const size_t begun = before.size() - std::min(before.size(), before.find_last_of(" \t") + 1);
    std::string common = words.front();
    for (const std::string& word : words) {
      const auto end = std::ranges::mismatch(common, word).in1;
      common.erase(end, common.end());
    }
    if (words.size() == 1) common += ' ';
    if (common.size() > begun) {
      el_insertstr(editor, common.c_str() + begun);
      return CC_REFRESH;
    }
    std::fputc('\n', stdout);
    for (const std::string& word : words) std::printf("%s  ", word.c_str());
    std::fputc('\n', stdout);
    return CC_REDISPLAY;
  }

  const CommandTable* commands_;
  std::unique_ptr<History, void (*)(History*)> history_;
  std::unique_ptr<EditLine, void (*)(EditLine*)> editor_;
};

}  // namespace

std::unique_ptr<LineSource> LineSource::of_stdin(const CommandTable& commands) {
  if (isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0)
    return std::make_unique<Terminal>(commands);
  return std::make_unique<Pipe>();
}

}  // namespace dstfwd
