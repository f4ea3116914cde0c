// SPDX-License-Identifier: BSD-3-Clause
// Runs a fuzz target without libFuzzer, on files: so that each build has the targets' regressions
// as tests. usage: replay MUTANTS FILE-OR-FOLDER...    MUTANTS: changed copies of each file to try
// too.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" [[gnu::weak]] int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

using Bytes = std::vector<uint8_t>;

Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// One to four bytes changed, sometimes cut; the same for the same generator state.
Bytes mutant(Bytes data, std::mt19937& random) {
  for (unsigned n = random() % 4 + 1; n > 0 && !data.empty(); --n) {
    data[random() % data.size()] = static_cast<uint8_t>(random());
  }
  if (random() % 8 == 0) data.resize(random() % (data.size() + 1));
  return data;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s MUTANTS FILE-OR-FOLDER...\n", argv[0]);
    return 2;
  }
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  std::vector<std::filesystem::path> files;
  for (int i = 2; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry);
  }
  std::sort(files.begin(), files.end());
  const int mutants = std::atoi(argv[1]);
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same inputs in each run
  for (const auto& file : files) {
    const Bytes data = read(file);
    LLVMFuzzerTestOneInput(data.data(), data.size());
    for (int i = 0; i < mutants; ++i) {
      const Bytes changed = mutant(data, random);
      LLVMFuzzerTestOneInput(changed.data(), changed.size());
    }
  }
  std::printf("%zu files, %d mutants of each\n", files.size(), mutants);
  return files.empty() ? 1 : 0;
}
