#include "common/transparency/tree_hasher.hpp"

#include "common/base/check.hpp"
#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

constexpr char kLeafPrefix = 0;
constexpr char kNodePrefix = 1;

}  // namespace

std::string EmptyRoot() { return Sha256(""); }

TreeHasher::TreeHasher() : context_(EVP_MD_CTX_new()) {
  HQ_CHECK(context_ && EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1,
           "SHA-256 is there");
}

TreeHasher::TreeHasher(const TreeHasher&) : TreeHasher() {}

TreeHasher& TreeHasher::operator=(const TreeHasher&) {
  return *this;
}  // There is no state to copy.

std::string TreeHasher::Leaf(std::string_view record) {
  std::string hash(kHashBytes, '\0');
  Begin(kLeafPrefix);
  Add(record);
  End(hash.data());
  return hash;
}

std::string TreeHasher::Node(std::string_view left, std::string_view right) {
  HQ_CHECK(left.size() == kHashBytes && right.size() == kHashBytes, "nodes are made of two hashes");
  std::string hash(kHashBytes, '\0');
  Begin(kNodePrefix);
  Add(left);
  Add(right);
  End(hash.data());
  return hash;
}

void TreeHasher::NodeOf(const char* children, char* into) {
  Begin(kNodePrefix);
  Add({children, 2 * kHashBytes});
  End(into);
}

// Without a digest named, the context begins anew with the one it has: no look-up.
void TreeHasher::Begin(char prefix) {
  HQ_CHECK(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1, "SHA-256 begins");
  Add({&prefix, 1});
}

void TreeHasher::Add(std::string_view bytes) {
  HQ_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-256 goes on");
}

void TreeHasher::End(char* into) {
  HQ_CHECK(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(into), nullptr) == 1,
           "SHA-256 ends");
}

}  // namespace hq::ledger
