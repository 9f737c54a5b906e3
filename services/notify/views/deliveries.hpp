// Deliveries: for every record that must be told, who is told, and how far that has come. Rules and
// records are folded in ledger order, so a replay gives the same deliveries.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/projection/view.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/notify/v1/events.pb.h"
#include "hq/notify/v1/notify_service.pb.h"
#include "services/notify/core/routing.hpp"

namespace hq::notify {

// A delivery that is not settled.
struct PendingDelivery {
  v1::Delivery delivery;
  ledger::v1::EffectIntended intended;  // As it stands in the ledger, or is to be put there.
  std::optional<v1::RecipientUnresolved> unresolved;  // To be appended with the intent.
  // The ledger was restored behind the record that it tells of: what became of it then is not
  // known.
  bool is_in_doubt = false;
};

class Deliveries final : public projection::View {
 public:
  // The fold version may rise only for changes that leave every delivery's id as it was: old
  // records must not be told again.
  explicit Deliveries(rocks::Database& database) : View(database, "deliveries", 3) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // Oldest first, at most `limit`. From any thread.
  std::vector<PendingDelivery> Pending(std::size_t limit) const;

  // Newest first, at most `limit`; empty `branch` or `txn_id` means any. From any thread.
  std::vector<v1::Delivery> Newest(const std::string& branch, const std::string& txn_id,
                                   const std::function<bool(const std::string&)>& may_see,
                                   std::size_t limit) const;

  // The URL reference of a channel in force; nothing if it is gone.
  std::optional<std::string> UrlReferenceOf(const std::string& target) const;

  // The channels that would be told now of an event of headquarters' own, by the rules and channels
  // in force as far as they were folded: target ("kind:key") to URL reference. From any thread.
  std::map<std::string, std::string> ChannelsFor(const std::string& event) const;

 private:
  Status ApplyRoute(const Recorded& recorded, rocks::Rows& rows);
  Status ApplyCell(const Recorded& recorded, rocks::Rows& rows);
  Status ApplyEpoch(const Recorded& recorded, rocks::Rows& rows);
  Status ApplyEffect(const Recorded& recorded, rocks::Rows& rows);
  // The place of a delivery that this record is about; nothing if there is none.
  std::optional<std::string> PlaceOf(const Recorded& recorded, const ledger::v1::EffectEvent& event,
                                     rocks::Rows& rows);
  void Tell(const Recorded& recorded, rocks::Rows& rows);
  void Add(const Recorded& recorded, std::size_t index, const Recipient& recipient,
           rocks::Rows& rows);
};

}  // namespace hq::notify
