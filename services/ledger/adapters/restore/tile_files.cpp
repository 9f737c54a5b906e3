#include "services/ledger/adapters/restore/tile_files.hpp"

#include <fstream>

namespace hq::ledger {
namespace {

constexpr std::size_t kTileBytes = kTileWidth * kHashBytes;

}  // namespace

std::string TileFiles::FileOf(unsigned level) const {
  return directory_ + "/level-" + std::to_string(level);
}

Status TileFiles::Append(std::string_view leaf_hash) {
  tree_.Append(leaf_hash);
  for (const Tile& tile : tree_.TakeCompleted()) {
    // Tiles of a level are completed in order: each one goes behind the last.
    std::ofstream file(FileOf(tile.id.level), std::ios::binary | std::ios::app);
    file << tile.hashes;
    file.close();
    if (!file) return absl::UnavailableError("cannot write " + FileOf(tile.id.level));
  }
  return absl::OkStatus();
}

Result<std::string> TileFiles::Read(const TileId& id, unsigned width) const {
  auto open = tree_.Read(id, width);
  if (!absl::IsNotFound(open.status())) return open;
  std::ifstream file(FileOf(id.level), std::ios::binary);
  file.seekg(static_cast<std::streamoff>(id.index * kTileBytes));
  std::string hashes(width * kHashBytes, '\0');
  file.read(hashes.data(), static_cast<std::streamsize>(hashes.size()));
  if (!file) return absl::NotFoundError("no such tile");
  return hashes;
}

}  // namespace hq::ledger
