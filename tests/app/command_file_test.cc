// SPDX-License-Identifier: BSD-3-Clause
#include "app/command_file.h"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace dstfwd {
namespace {

class CommandFileTest : public testing::Test {
 protected:
  ~CommandFileTest() override { std::filesystem::remove(path_); }
  void write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }

  std::string path_ =
      std::filesystem::temp_directory_path() / ("command_file_test." + std::to_string(getpid()));
};

TEST_F(CommandFileTest, GivesEachLineInItsOrderAlsoTheLastWithoutAnEnd) {
  write("one\n\n# two\nthree");
  std::vector<std::string> lines;
  const Result<CommandFile> file = CommandFile::read(path_);
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file).for_each([&](std::string_view line) -> Status {
    lines.emplace_back(line);
    return Ok{};
  }));
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "# two", "three"}));
}

TEST_F(CommandFileTest, NamesTheFileAndTheLineOfAMistakeAndStopsThere) {
  write("good\ngood\nbad\ngood\n");
  int seen = 0;
  const Result<CommandFile> file = CommandFile::read(path_);
  ASSERT_TRUE(file);
  const Status done = (*file).for_each([&](std::string_view line) -> Status {
    ++seen;
    if (line == "bad") return Error{"that was bad"};
    return Ok{};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, path_ + ":3: that was bad");
  EXPECT_EQ(seen, 3);
}

TEST_F(CommandFileTest, SaysWhyAFileCannotBeRead) {
  const Result<CommandFile> file = CommandFile::read(path_ + ".none");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, path_ + ".none: No such file or directory");
  EXPECT_FALSE(CommandFile::read(std::filesystem::temp_directory_path()));
}

}  // namespace
}  // namespace dstfwd
