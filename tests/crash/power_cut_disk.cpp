#include "tests/crash/power_cut_disk.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/check.hpp"
#include "tests/local/shell.hpp"

namespace hq::testing {
namespace {

constexpr std::uint64_t kDiskBytes = 320ULL << 20;  // XFS is not made smaller.

void Must(bool has_succeeded, const std::string& what) {
  const std::string why = what + " (needs root): " + std::strerror(errno);
  HQ_CHECK(has_succeeded, why.c_str());
}

// From here on, mounts are seen by this process and its children alone, and go with them.
void MountPrivately() {
  Must(unshare(CLONE_NEWNS) == 0, "a process can have mounts of its own");
  Must(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mounts can be private");
}

// A block device over a file; it is given back by itself when its last user is gone.
class LoopDevice {
 public:
  explicit LoopDevice(const std::string& path) {
    const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
    Must(file >= 0, path + " can be opened");
    const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    Must(control >= 0, "there are loop devices");
    loop_config config = {};
    config.fd = static_cast<__u32>(file);
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    for (bool is_ours = false; !is_ours;) {
      const int number = ioctl(control, LOOP_CTL_GET_FREE);
      Must(number >= 0, "a loop device is free");
      name_ = "/dev/loop" + std::to_string(number);
      device_ = open(name_.c_str(), O_RDWR | O_CLOEXEC);
      Must(device_ >= 0, name_ + " can be opened");
      is_ours = ioctl(device_, LOOP_CONFIGURE, &config) == 0;
      const bool has_lost_a_race = !is_ours && errno == EBUSY;
      Must(is_ours || has_lost_a_race, name_ + " can be set up");
      if (!is_ours) close(device_);
    }
    close(control);
    close(file);
  }
  ~LoopDevice() { close(device_); }
  LoopDevice(const LoopDevice&) = delete;
  LoopDevice& operator=(const LoopDevice&) = delete;

  const std::string& name() const { return name_; }

 private:
  std::string name_;
  int device_ = -1;
};

std::string MakeCommand(FileSystem file_system, const std::string& device) {
  if (file_system == FileSystem::kXfs) return "mkfs.xfs -q -K " + device;
  return "mkfs.ext4 -q -m 0 -E nodiscard,lazy_itable_init=0,lazy_journal_init=1 " + device;
}

}  // namespace

PowerCutDisk::PowerCutDisk(FileSystem file_system) : file_system_(file_system), disk_(kDiskBytes) {
  MountPrivately();
  file_ = std::make_unique<DiskFile>(disk_);
  Mount(true);
}

PowerCutDisk::~PowerCutDisk() { Unmount(); }

void PowerCutDisk::RestorePower() {
  Unmount();
  disk_.RestorePower();
  Mount(false);
}

void PowerCutDisk::Mount(bool is_new) {
  const LoopDevice device(file_->path());
  if (is_new) {
    const ShellResult made = Shell(MakeCommand(file_system_, device.name()));
    HQ_CHECK(made.exit_code == 0, ("a file system can be made: " + made.output).c_str());
  }
  const bool is_xfs = file_system_ == FileSystem::kXfs;
  const bool is_writeback = file_system_ == FileSystem::kExt4Writeback;
  const auto is_mounted = [&] {
    return mount(device.name().c_str(), path().c_str(), is_xfs ? "xfs" : "ext4", 0,
                 is_writeback ? "data=writeback" : "") == 0;
  };
  if (is_mounted()) return;
  // ext4's superblock is two sectors, so a power cut may tear it. There are copies of it, and what
  // checks the disk when a machine starts takes one.
  const bool is_torn = !is_xfs && !is_new && errno == EBADMSG;
  if (is_torn) Shell("e2fsck -y " + device.name());
  Must(is_torn && is_mounted(), "what is on the disk can be mounted");
}

void PowerCutDisk::Unmount() {
  if (umount2(path().c_str(), 0) != 0) umount2(path().c_str(), MNT_DETACH);
}

}  // namespace hq::testing
