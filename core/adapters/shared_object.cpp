// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/shared_object.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

namespace landfall::adapters {
namespace {

using ElfHeader = ElfW(Ehdr);
using ProgramHeader = ElfW(Phdr);

constexpr unsigned char kNativeClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char kNativeOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

template <class T>
std::optional<T> readAt(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

bool liesWithin(std::string_view bytes, std::uint64_t offset, std::uint64_t length) {
  return offset <= bytes.size() && length <= bytes.size() - offset;
}

base::Status truncated(std::string_view what) {
  return base::failedPrecondition("it is cut short (half copied?): its " + std::string(what) +
                                  " lies beyond the end of the file");
}

bool isText(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, 512);
  return std::all_of(start.begin(), start.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

base::Status notElf(std::string_view bytes) {
  if (bytes.empty()) return base::failedPrecondition("it is empty");
  if (isText(bytes)) return base::failedPrecondition("it is a text file, not a shared library");
  return base::failedPrecondition("it is not a shared library (no ELF header)");
}

base::Status checkSegments(std::string_view bytes, const ElfHeader& header) {
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = readAt<ProgramHeader>(bytes, header.e_phoff + i * sizeof(ProgramHeader));
    if (!segment) return truncated("program header table");
    const bool from_file = segment->p_type == PT_LOAD || segment->p_type == PT_DYNAMIC;
    if (from_file && !liesWithin(bytes, segment->p_offset, segment->p_filesz)) {
      return truncated("segment " + std::to_string(i));
    }
  }
  return {};
}

/// A private folder with one file in it, gone with the object: what is mapped stays mapped without its name.
class StagedCopy {
 public:
  static base::Result<StagedCopy> write(std::string_view bytes, std::string_view label) {
    std::error_code failure;
    const auto base = std::filesystem::temp_directory_path(failure);
    std::string folder = ((failure ? std::filesystem::path("/tmp") : base) / "landfall-plugin-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return failed(folder, errno);
    StagedCopy copy(folder, std::filesystem::path(folder) / label);
    const int file = ::open(copy.file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return failed(folder, errno);
    const int error = writeAll(file, bytes);
    if (::close(file) != 0 || error != 0) return failed(folder, error != 0 ? error : errno);
    return copy;
  }

  ~StagedCopy() {
    if (folder_.empty()) return;
    ::unlink(file_.c_str());
    ::rmdir(folder_.c_str());
  }
  StagedCopy(StagedCopy&& other) noexcept : folder_(std::move(other.folder_)), file_(std::move(other.file_)) {
    other.folder_.clear();
  }
  StagedCopy& operator=(StagedCopy&&) = delete;

  const std::filesystem::path& file() const { return file_; }

 private:
  StagedCopy(std::filesystem::path folder, std::filesystem::path file)
      : folder_(std::move(folder)), file_(std::move(file)) {}

  static base::Status failed(const std::string& folder, int error) {
    return base::failedPrecondition(
        "no private copy can be made in " + std::filesystem::path(folder).parent_path().string() + ": " +
        std::generic_category().message(error) + "; TMPDIR must name a folder that can be written and executed from");
  }

  /// 0, or what errno was.
  static int writeAll(int file, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }

  std::filesystem::path folder_;
  std::filesystem::path file_;
};

/// What the linker said, without the name of the private copy, which tells nobody anything.
std::string linkerSays(const std::filesystem::path& copy) {
  const char* said = ::dlerror();
  std::string text = said == nullptr ? "the linker gave no reason" : said;
  if (text.starts_with(copy.string() + ": ")) text.erase(0, copy.string().size() + 2);
  return text;
}

}  // namespace

base::Status checkSharedObject(std::string_view bytes) {
  if (!bytes.starts_with(std::string_view(ELFMAG, SELFMAG))) return notElf(bytes);
  const auto header = readAt<ElfHeader>(bytes, 0);
  if (!header) return truncated("header");
  if (header->e_ident[EI_CLASS] != kNativeClass || header->e_ident[EI_DATA] != kNativeOrder) {
    return base::failedPrecondition("it is built for another kind of machine");
  }
  if (header->e_type != ET_DYN) return base::failedPrecondition("it is an ELF file, but no shared library");
  if (header->e_phnum == 0 || header->e_phentsize != sizeof(ProgramHeader)) {
    return base::failedPrecondition("it has no program header table");
  }
  if (auto status = checkSegments(bytes, *header); !status.ok()) return status;
  const std::uint64_t sections = std::uint64_t{header->e_shnum} * header->e_shentsize;
  if (header->e_shoff != 0 && !liesWithin(bytes, header->e_shoff, sections)) return truncated("section header table");
  return {};
}

base::Result<SharedObject> SharedObject::map(std::string_view bytes, std::string_view label) {
  if (auto status = checkSharedObject(bytes); !status.ok()) return status;
  const auto copy = StagedCopy::write(bytes, label);
  if (!copy.ok()) return copy.status();
  // Never RTLD_DEEPBIND: the sanitizers refuse it.
  void* handle = ::dlopen(copy->file().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return base::failedPrecondition("it cannot be linked: " + linkerSays(copy->file()));
  return SharedObject(handle);
}

SharedObject::~SharedObject() {
#if !defined(__SANITIZE_ADDRESS__)  // a leak in a library that is gone could not be told from any other
  if (handle_ != nullptr) ::dlclose(handle_);
#endif
}

void* SharedObject::symbol(const char* name) const { return ::dlsym(handle_, name); }

}  // namespace landfall::adapters
